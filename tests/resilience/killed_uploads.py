"""Uploads by a process killed (SIGKILL) at a named step, and whether the library is whole after that."""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.db import connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from images.ingest import pipeline as ingest
from images.maintenance.garbage import find_garbage
from images.models import Image, Rendition
from images.renditions import drawing, prerendering
from images.tasks import queue
from storage import get_storage, local_backend
from storage.keys import key_digest, rendition_key
from tests.clients.api import IMAGES, client_of
from tests.factories import sha256


def die(*args, **kwargs) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(target: object, name: str):
    """Die instead of calling it."""
    return mock.patch.object(target, name, die)


def after(target: object, name: str):
    """Die when it has returned."""
    original = getattr(target, name)
    return mock.patch.object(target, name, lambda *args, **kwargs: die(original(*args, **kwargs)))


def _lock(*, on_entry: Callable = int, on_exit: Callable = int, when_free: Callable = int):
    """Call these when the key lock was taken, before it is freed, and when it is free."""
    original = ingest.key_lock

    @contextmanager
    def key_lock(digest: str):
        with original(digest):
            on_entry()
            yield
            on_exit()
        when_free()

    return mock.patch.object(ingest, "key_lock", key_lock)


def _one_piece(file):
    """Give the backend the first half of what it is to store, and die."""
    data = file.read()
    yield data[: len(data) // 2]
    die()


# Where an upload dies, in order. Those of `put` are the local backend's.
STEPS = {
    "while the file arrives": lambda: before(MemoryFileUploadHandler, "file_complete"),
    "before it is measured": lambda: before(ingest, "measure"),
    "when it was measured": lambda: after(ingest, "measure"),
    "when the lock was taken": lambda: _lock(on_entry=die),
    "before it is inspected": lambda: before(ingest, "inspect_image"),
    "when it was inspected": lambda: after(ingest, "inspect_image"),
    "when half of it was put": lambda: mock.patch.object(local_backend, "chunks_of", _one_piece),
    "before its draft is on disk": lambda: before(os, "fsync"),
    "before the draft gets its name": lambda: before(os, "replace"),
    "when the draft got its name": lambda: after(os, "replace"),
    "before there is a row": lambda: before(ingest, "_create_row"),
    "before the row is committed": lambda: after(Image.objects, "create"),
    "when the row was committed": lambda: after(ingest, "_create_row"),
    "before the lock is freed": lambda: _lock(on_exit=die),
    "when the lock is free": lambda: _lock(when_free=die),
    "when it was answered": lambda: before(sys.modules[__name__], "_finish"),
    "when its renditions are drawn": lambda: after(drawing, "render"),
    "before a rendition has a row": lambda: before(Rendition.objects, "create"),
    "when a rendition has a row": lambda: after(prerendering, "store_rendition"),
    "before its task is forgotten": lambda: before(queue, "_held"),
}
ACKNOWLEDGED = [*STEPS][[*STEPS].index("when it was answered") :]  # the rest is a worker's


def upload_and_die(step: str, data: bytes, user, **fields: str) -> bool:
    """Upload `data` with these `fields` in a child process, and do what is left to a worker, until it dies at
    `step`; return whether the upload was acknowledged.
    """
    connections.close_all()  # a connection must not be shared with the child
    answer, its_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            with STEPS[step]():
                os.write(its_end, str(upload(data, user, **fields)).encode())
                _finish()
                work_off()
        finally:
            os._exit(1)
    os.close(its_end)
    with os.fdopen(answer) as pipe:
        status = pipe.read()
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended), f"the upload did not come to the step {step!r}, it was answered {status}"
    return status == "201"


def _finish() -> None:
    """The sender has an answer."""


def upload(data: bytes, user, **fields: str) -> int:
    """Upload `data` with these `fields` here and now; return the status."""
    file = SimpleUploadedFile("photo.png", data)
    return client_of(user).post(IMAGES, {"file": file, **fields}).status_code


def work_off() -> None:
    """Do all tasks that there are, those too that a worker had that died."""
    DBTaskResult.objects.update(run_after=timezone.now())
    while task := queue.take("a worker"):
        assert queue.do(task) is None
    assert not DBTaskResult.objects.exists()


def orphans_of_whole_library(acknowledged: Iterable[bytes]) -> set[str]:
    """Return the keys of objects that no row refers to, all else being as it must be.

    There is a row for all that was acknowledged, every row has its object, pruning would find every orphan
    and sweep away every draft. The latter is done.
    """
    get_storage.cache_clear()  # what was hashed before has to be hashed again
    rows = set(Image.objects.values_list("hash", flat=True))
    assert {sha256(data) for data in acknowledged} <= rows
    rows |= {rendition_key(digest) for digest in Rendition.objects.values_list("hash", flat=True)}
    for key in rows:
        assert sha256(get_storage().get(key)) == key_digest(key)
    stored = {stored.key for stored in get_storage().list("")}
    soon = timezone.now() + timedelta(minutes=1)
    assert {garbage.key for garbage in find_garbage(soon)} == stored - rows
    get_storage().sweep(soon)
    if settings.IMAGELIB_STORAGE == "local":
        files = {path.name for path in settings.IMAGELIB_DATA_DIR.glob("objects/**/*") if path.is_file()}
        assert files == {key_digest(key) for key in stored}
    return stored - rows
