"""Runs decoders on strangers' files in child processes that may take only so much memory and time."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import IO, Any, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from images.errors import Busy, InvalidImage, Unrenderable
from images.imaging import child, inspection
from images.imaging.jobs import Job

Result = TypeVar("Result")

CHILDREN = 2  # for each process of the server
JOBS = 200  # after which a child is replaced
TIMEOUT = 10  # seconds that a job waits for a free child
JOB_TIMEOUT = 15  # seconds that a job takes at most
START_TIMEOUT = 15  # seconds that a new child takes at most to get ready, on a machine that is hard at work


def inspect_image(file: IO[bytes]) -> inspection.ImageFacts:
    """Do what inspection.inspect_image does, in a child process. Raises Busy too.

    A file that takes more memory or time than a child has, or that kills it, is an InvalidImage.
    """
    return pool.run(inspection.inspect_image, file)


def render(file: IO[bytes], jobs: Sequence[Job], timeout: float = TIMEOUT) -> list[bytes]:
    """Do what rendering.render does, in a child process. Raises Unrenderable, or Busy after `timeout` s."""
    try:
        return pool.run(child.render, file, jobs, timeout=timeout)
    except (InvalidImage, MemoryError):
        raise Unrenderable("This takes more time or memory than the library gives to one image.") from None


class Pool:
    """The children of this process, one job each: made for the first job, and again when they are lost."""

    def __init__(self, children: int):
        self._children = children
        self.start_afresh()

    def start_afresh(self) -> None:
        """Have no child and no job, as after a fork: those of the parent process are not this one's."""
        self._free = threading.Semaphore(self._children)
        self._lock = threading.Lock()  # of what follows
        self._processes: ProcessPool | None = None

    def run(
        self, decode: Callable[..., Result], file: IO[bytes], *args: Any, timeout: float = TIMEOUT
    ) -> Result:
        """Return `decode(file, *args)` from a child. All of that, and what it returns, must be picklable.

        Raises what `decode` raises, InvalidImage when it takes more time than a child has or kills it, Busy
        when no child was free for `timeout` seconds or none could be made.
        """
        if not self._free.acquire(timeout=max(0, timeout)):
            raise Busy("Too many images are being looked at just now. Please try again in a moment.")
        try:
            with _on_disk(file) as path:
                job = self._schedule(decode, path, *args)
                if not wait([job], JOB_TIMEOUT + START_TIMEOUT).done:
                    job.cancel()
                    raise BrokenProcessPool("No child has come to be.")
                return job.result()
        except BrokenProcessPool:
            raise Busy("No image can be looked at just now. Please try again in a moment.") from None
        except (TookTooLong, ProcessExpired):
            raise InvalidImage(
                "The image takes more time or memory to decode than this library gives."
            ) from None
        finally:
            self._free.release()

    def grow(self, children: int) -> None:
        """Have so many `children`, when that is more: for a command, before its first job."""
        with self._lock:
            if children > self._children:
                self._free.release(children - self._children)
                self._children = children
                self._end()

    def close(self) -> None:
        """End the children; the next job makes new ones."""
        with self._lock:
            self._end()

    def _schedule(self, decode: Callable[..., Result], path: str, *args: Any) -> ProcessFuture[Result]:
        """Have a child do child.run. Raises BrokenProcessPool."""
        with self._lock:
            # A resting child died, or none could be started: pebble gives up all of them.
            if self._processes and not self._processes.active:
                self._end()
            if not self._processes:
                # Spawned, so that a child has no socket, no database connection and no secret of the parent.
                self._processes = ProcessPool(
                    self._children, max_tasks=JOBS, initializer=child.enter, context=get_context("spawn")
                )
            try:
                return self._processes.schedule(child.run, (decode, path, *args), timeout=JOB_TIMEOUT)
            except RuntimeError as error:  # that happened just now
                raise BrokenProcessPool from error

    def _end(self) -> None:
        if self._processes:
            self._processes.stop()
            self._processes.join()
            self._processes = None


pool = Pool(CHILDREN)
os.register_at_fork(after_in_child=pool.start_afresh)


@contextmanager
def _on_disk(file: IO[bytes]) -> Iterator[str]:
    """Yield the path of a file with the content of `file`: the upload's own when it has one."""
    if hasattr(file, "temporary_file_path"):
        yield file.temporary_file_path()
        return
    with tempfile.NamedTemporaryFile() as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield copy.name
