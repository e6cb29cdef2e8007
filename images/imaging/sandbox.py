"""Runs decoders on strangers' files in child processes that may take only so much memory and time."""

import functools
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
from typing import Any, BinaryIO

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from images.errors import Busy, InvalidImage, Unrenderable
from images.imaging import child, inspection
from images.imaging.jobs import Job

CHILDREN = 2  # for each process of the server
JOBS = 200  # after which a child is replaced
TIMEOUT = 10  # seconds that a job waits for a free child
JOB_TIMEOUT = 15  # seconds that a job takes at most
START_TIMEOUT = 15  # seconds that a new child takes at most to get ready, on a machine that is hard at work


def inspect_image(file: BinaryIO) -> inspection.ImageFacts:
    """Do what inspection.inspect_image does, in a child process. Raises Busy too.

    A file that takes more memory or time than a child has, or that kills it, is an InvalidImage.
    """
    return _run(inspection.inspect_image, file)


def render(file: BinaryIO, jobs: Sequence[Job], timeout: float = TIMEOUT) -> list[bytes]:
    """Do what rendering.render does, in a child process. Raises Unrenderable, or Busy after `timeout` s."""
    try:
        return _run(child.render, file, jobs, timeout=timeout)
    except (InvalidImage, MemoryError):
        raise Unrenderable("This takes more time or memory than the library gives to one image.") from None


def _run(decode: Callable, file: BinaryIO, *args, timeout: float = TIMEOUT) -> Any:
    """Return `decode(file, *args)` from a child. `decode`, its arguments and its result must be picklable.

    Raises Busy when no child was free for `timeout` seconds.
    """
    if not _free.acquire(timeout=max(0, timeout)):
        raise Busy("Too many images are being looked at just now. Please try again in a moment.")
    try:
        with _on_disk(file) as path:
            job = _schedule(child.run, decode, path, *args)
            if not wait([job], JOB_TIMEOUT + START_TIMEOUT).done:
                job.cancel()
                raise BrokenProcessPool("No child has come to be.")
            return job.result()
    except BrokenProcessPool:
        raise Busy("No image can be looked at just now. Please try again in a moment.") from None
    except (TookTooLong, ProcessExpired):
        raise InvalidImage("The image takes more time or memory to decode than this library gives.") from None
    finally:
        _free.release()


_free = threading.BoundedSemaphore(CHILDREN)
_lock = threading.Lock()


def allow(children: int) -> None:
    """Let this process have so many children, when that is more: for a command, before its first job."""
    global CHILDREN, _free
    if children > CHILDREN:
        CHILDREN, _free = children, threading.BoundedSemaphore(children)


def close() -> None:
    """End the children of this process; the next job makes new ones."""
    with _lock:
        _end_pool()


def _schedule(function: Callable, *args) -> ProcessFuture:
    """Have a child run `function(*args)`. Raises BrokenProcessPool."""
    with _lock:
        if not _make_pool().active:  # a resting child died, or none could be started: pebble gives it up
            _end_pool()
        try:
            return _make_pool().schedule(function, args, timeout=JOB_TIMEOUT)
        except RuntimeError as error:  # that happened just now
            raise BrokenProcessPool from error


def _end_pool() -> None:
    if _make_pool.cache_info().currsize:
        pool = _make_pool()
        _make_pool.cache_clear()
        pool.stop()
        pool.join()


@functools.cache
def _make_pool() -> ProcessPool:
    # Spawned, so that a child has no socket, no database connection and no secret of its parent's memory.
    return ProcessPool(CHILDREN, max_tasks=JOBS, initializer=child.enter, context=get_context("spawn"))


os.register_at_fork(after_in_child=_make_pool.cache_clear)


@contextmanager
def _on_disk(file: BinaryIO) -> Iterator[str]:
    """Yield the path of a file with the content of `file`: the upload's own when it has one."""
    if hasattr(file, "temporary_file_path"):
        yield file.temporary_file_path()
        return
    with tempfile.NamedTemporaryFile() as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield copy.name
