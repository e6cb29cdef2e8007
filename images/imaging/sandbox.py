"""Runs decoders on strangers' files in child processes that may take only so much memory and time."""

import logging
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, TypeVar

from prometheus_client import Counter, Gauge

from images.errors import Busy, InvalidImage, Unrenderable, Unstrippable
from images.imaging import child
from images.imaging.answers import facts_of
from images.imaging.containers import plans
from images.imaging.inspection import ImageFacts
from images.imaging.jobs import Job
from images.imaging.process import Child
from images.imaging.words.words import Words

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

CHILDREN_BUSY = Gauge("imagelib_sandbox_children_busy", "Children that decode just now.")
KILLED = Counter("imagelib_sandbox_children_killed_total", "Children that were killed or died at work.")
WAITED = Counter("imagelib_sandbox_wait_seconds_total", "Seconds that threads waited for a free child.")
REFUSALS = Counter("imagelib_sandbox_refusals_total", "Jobs that were not done because all were busy.")

CHILDREN = 2  # for each process of the server
JOBS = 200  # after which a child is replaced
TIMEOUT = 10  # seconds that a job waits for a free child
JOB_TIMEOUT = 15  # seconds that a job takes at most, of one that waits no longer than that for a child


def inspect_image(file: IO[bytes], timeout: float = TIMEOUT) -> ImageFacts:
    """Do what inspection.inspect_image does, in a child process. Raises Busy too, as Pool.run does.

    A file that takes more memory or CPU time than a child has, or that kills it, is an InvalidImage.
    """
    return facts_of(pool.run(child.inspect, file, timeout=timeout))


def render(file: IO[bytes], jobs: Sequence[Job], timeout: float = TIMEOUT) -> list[bytes]:
    """Do what rendering.render does, in a child process. Raises Unrenderable, or Busy as Pool.run does."""
    try:
        return pool.run(child.render, file, jobs, timeout=timeout)
    except (InvalidImage, MemoryError):
        raise Unrenderable("This takes more time or memory than the library gives to one image.") from None


def strip(file: IO[bytes], output: IO[bytes], timeout: float = TIMEOUT) -> None:
    """Write `file` to `output`, from where that stands, without its metadata but profile and orientation: the
    same picture, as a child proved by decoding both. Raises Unstrippable, or Busy as Pool.run does.
    """
    _rewrite(child.strip, file, output, timeout=timeout)


def embed(file: IO[bytes], output: IO[bytes], words: Words, timeout: float = TIMEOUT) -> None:
    """Write `file` to `output`, from where that stands, with `words` in it: the same bytes but for packets of
    metadata. Raises Unrenderable when it cannot be done, or Busy as Pool.run does.
    """
    try:
        _rewrite(child.embed, file, output, words, timeout=timeout)
    except Unstrippable as error:
        raise Unrenderable(str(error)) from error


def _rewrite(
    job: Callable[..., list[bytes]], file: IO[bytes], output: IO[bytes], *args: Any, timeout: float
) -> None:
    """Write what the plan that `job` makes of `file` says to `output`."""
    try:
        parts = pool.run(job, file, *args, timeout=timeout)
    except (InvalidImage, MemoryError):
        raise Unstrippable("This takes more time or memory than the library gives to one image.") from None
    plans.assemble(plans.received(parts, file.seek(0, os.SEEK_END)), file, output)


class Pool:
    """The children of this process, one job each: made when they are needed, and again when they are lost."""

    def __init__(self, children: int):
        self._children = children
        self._living: set[Child] = set()
        self.start_afresh()

    def start_afresh(self) -> None:
        """Have no child and no job, as after a fork: those of the parent process are not this one's."""
        for other in self._living:
            other.forget()
        self._living = set()
        self._resting: list[Child] = []
        self._free = threading.Semaphore(self._children)
        self._lock = threading.Lock()  # of both, and of their number
        self._has_warned = False

    def run(
        self, decode: Callable[..., Result], file: IO[bytes], *args: Any, timeout: float = TIMEOUT
    ) -> Result:
        """Return `decode(file, *args)` from a child, plain values for JSON or a list of bytes.

        Raises what `decode` raises, if it is in child.ERRORS; InvalidImage when it takes more CPU time than a
        child has or kills it; Busy when no child was free for `timeout` seconds, none could be made, or the
        job took longer than that (and JOB_TIMEOUT) without using up its CPU time.
        """
        with _counted_busy():
            self._wait(max(0, timeout))
            try:
                with _readable(file) as descriptor, CHILDREN_BUSY.track_inprogress():
                    worker = self._take()
                    try:
                        return worker.run(decode, descriptor, *args, timeout=max(JOB_TIMEOUT, timeout))
                    finally:
                        self._put_back(worker)
            finally:
                self._free.release()

    def grow(self, children: int) -> None:
        """Have so many `children`, when that is more: for a command, before its first job."""
        with self._lock:
            if children > self._children:
                self._free.release(children - self._children)
                self._children = children

    def close(self) -> None:
        """End the children that rest; the next job makes new ones."""
        with self._lock:
            resting, self._resting = self._resting, []
        for worker in resting:
            self._end(worker)

    def _wait(self, timeout: float) -> None:
        begun = time.monotonic()
        is_free = self._free.acquire(timeout=timeout)
        WAITED.inc(time.monotonic() - begun)
        if not is_free:
            raise Busy("Too many images are being looked at just now. Please try again in a moment.")

    def _take(self) -> Child:
        """Return a child for one job: the last that had one, or a new one. Raises Busy."""
        while True:
            with self._lock:
                worker = self._resting.pop() if self._resting else None
            if worker is None:
                return self._start()
            if worker.is_ready:
                return worker
            self._end(worker)

    def _start(self) -> Child:
        try:
            worker = Child()
            self._living.add(worker)
            try:
                missing = worker.wait_until_ready()
            except BaseException:  # nobody else has the child to end it
                self._end(worker)
                raise
        except (OSError, EOFError, ValueError):
            logger.exception("no child could be started to look at images")
            raise Busy("No image can be looked at just now. Please try again in a moment.") from None
        if missing and not self._has_warned:
            self._has_warned = True
            logger.warning("images are decoded less confined: this system has no %s", ", no ".join(missing))
        return worker

    def _put_back(self, worker: Child) -> None:
        if worker.is_ready and worker.jobs < JOBS:
            with self._lock:
                self._resting.append(worker)
        else:
            if not worker.is_ready:  # it did not end its job
                KILLED.inc()
            self._end(worker)

    def _end(self, worker: Child) -> None:
        worker.end()
        self._living.discard(worker)


pool = Pool(CHILDREN)
os.register_at_fork(after_in_child=pool.start_afresh)


@contextmanager
def _counted_busy() -> Iterator[None]:
    try:
        yield
    except Busy:
        REFUSALS.inc()
        raise


@contextmanager
def _readable(file: IO[bytes]) -> Iterator[int]:
    """Yield a descriptor of the content of `file`, from its start, that can only be read.

    Where no file is on disk it is a copy without a name: nothing is left of it, whatever ends this process.
    """
    number = _descriptor_of(file)
    if number is not None:
        file.flush()
        with _reopened(number) as descriptor:
            yield descriptor
        return
    with tempfile.TemporaryFile() as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        with _reopened(copy.fileno()) as descriptor:
            yield descriptor


def _descriptor_of(file: IO[bytes]) -> int | None:
    try:
        number = file.fileno()
    except (OSError, AttributeError):  # it is in memory
        return None
    return number if stat.S_ISREG(os.fstat(number).st_mode) else None


@contextmanager
def _reopened(number: int) -> Iterator[int]:
    descriptor = os.open(f"/proc/self/fd/{number}", os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
