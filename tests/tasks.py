"""Background tasks in tests: done at once, as soon as no lock is held, in the process that enqueues them.

What is tested of the queue itself asks for that in settings.TASKS.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django_tasks.backends.immediate import ImmediateBackend

from images.renditions.prerendering import prepare_for_gallery

_here = threading.local()


class AtOnce(ImmediateBackend):
    """A worker would find the row committed and its locks free, and so does what is done here."""

    def enqueue(self, task, args, kwargs):
        if not getattr(_here, "held", 0):
            return super().enqueue(task, args, kwargs)
        _here.waiting = [*getattr(_here, "waiting", []), (super().enqueue, task, args, kwargs)]
        return None


class Undrawn(AtOnce):
    """Draws nothing that galleries show of an upload, which takes as long as the upload."""

    def enqueue(self, task, args, kwargs):
        return None if task.func is prepare_for_gallery.func else super().enqueue(task, args, kwargs)


def followed_by_tasks(locked: Callable) -> Callable:
    """Return `locked` of images.concurrency.locks so that the tasks enqueued within are done after it."""

    @contextmanager
    def locked_and_followed(*args: object) -> Iterator[None]:
        _here.held = getattr(_here, "held", 0) + 1
        try:
            with locked(*args):
                yield
        except BaseException:  # whatever it was: the rows that the tasks are about are gone with it
            _here.waiting = []  # rolled back
            raise
        finally:
            _here.held -= 1
        if not _here.held:
            waiting, _here.waiting = getattr(_here, "waiting", []), []
            for enqueue, *task in waiting:
                enqueue(*task)

    return locked_and_followed
