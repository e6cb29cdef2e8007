"""Caches in front that take PURGE forget an image at once when fewer people may see it."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from images.catalogue import caches
from images.catalogue.history import recorded
from images.catalogue.trash import purge, trash
from images.errors import Undelivered
from images.iiif.pyramid import listed_sizes
from images.models import Image
from images.tasks.queue import do, take
from tests.clients.api import IMAGES, client_of
from tests.factories import add_image, make_image, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued")]

LISTED = [f"full/{size}/0/default.{format_}" for size in ("320,240", "max") for format_ in ("jpg", "webp")]


class Cache(ThreadingHTTPServer):
    """Notes what it is told to forget, and answers with `status`."""

    daemon_threads = True

    def __init__(self, status: int = 200):
        super().__init__(("127.0.0.1", 0), Purges)
        self.status, self.purged = status, []
        self.origin = f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.purged]


class Purges(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PURGE(self):
        self.server.purged.append((self.path, dict(self.headers)))
        self.send_response(self.server.status)
        body = b"" if self.server.status == 204 else b"forgotten"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def running(status: int = 200) -> Iterator[Cache]:
    with Cache(status) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(settings) -> Iterator[Cache]:
    with running() as server:
        settings.IMAGELIB_CDN_PURGE = (server.origin,)
        yield server


@pytest.fixture(autouse=True)
def heard(monkeypatch):
    """A process that has met no silent cache yet."""
    monkeypatch.setattr(caches, "_left_alone", {})


@pytest.fixture
def image() -> Image:
    image = add_image(make_image("PNG", (400, 300)), uploaded_by=make_user("ada", "Editors"))
    work_off()
    return image


@pytest.fixture
def editor(image):
    return client_of(image.uploaded_by)


def work_off() -> None:
    while task := take("a worker"):
        do(task)


def failures() -> list[str]:
    return sorted(DBTaskResult.objects.values_list("traceback", flat=True))


def test_all_addresses_that_a_cache_may_have_are_purged_with_the_tag(cache, editor, client):
    image = add_image(make_image(size=(1200, 900)))
    work_off()
    tile = f"/iiif/3/{image.pk}/0,0,512,512/512,512/0/default.jpg"
    answer = client.get(tile)
    canonical = answer["Link"].partition(">")[0].removeprefix("<")
    assert canonical != tile
    assert editor.patch(f"{IMAGES}/{image.pk}", {"visibility": "private"}, "json").status_code == 200
    assert cache.purged == []  # a worker does it
    work_off()
    assert cache.paths[0] == image.get_file_url()
    specs = {*map(str, listed_sizes(1200, 900)), *image.renditions.values_list("spec", flat=True)}
    assert {f"/iiif/3/{image.pk}/{spec}" for spec in specs} < set(cache.paths)
    assert {tile, canonical} < set(cache.paths)
    assert {headers["Cache-Tag"] for _, headers in cache.purged} == {str(image.pk)}
    assert {headers["Host"] for _, headers in cache.purged} == {urlsplit(cache.origin).netloc}
    assert not DBTaskResult.objects.exists()


def test_the_host_is_the_one_that_people_ask_for(cache, image, editor, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    editor.patch(f"{IMAGES}/{image.pk}", {"visibility": "private"}, "json", headers={"host": "localhost"})
    work_off()
    assert {headers["Host"] for _, headers in cache.purged} == {"images.example.org"}


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ("public", "unlisted", True),  # its bytes say noindex from now on
        ("public", "private", True),
        ("unlisted", "private", True),
        ("unlisted", "public", False),
        ("private", "public", False),
        ("public", "public", False),
    ],
)
def test_it_is_told_when_fewer_people_see_it(cache, image, editor, before, after, is_told):
    Image.objects.update(visibility=before)
    sent = {"visibility": after, "title": "A kite"}
    assert editor.patch(f"{IMAGES}/{image.pk}", sent, "json").status_code == 200
    work_off()
    assert bool(cache.purged) == is_told


def by_trash(image, editor, root):
    editor.delete(f"{IMAGES}/{image.pk}")


def by_batch(image, editor, root):
    said = {"images": [str(image.pk)], "action": "visibility", "visibility": "private"}
    assert editor.post("/api/v1/batch", said, "json").status_code == 200


def by_batch_to_the_trash(image, editor, root):
    said = {"images": [str(image.pk)], "action": "trash"}
    assert editor.post("/api/v1/batch", said, "json").status_code == 200


def by_admin(image, editor, root):
    said = {"action": "make_private", "_selected_action": [str(image.pk)]}
    assert root.post("/admin/images/image/", said).status_code == 302


def by_the_page(image, editor, root):
    assert root.post(f"/images/{image.pk}", {"action": "trash"}).status_code == 302


def by_undoing(image, editor, root):
    Image.objects.update(visibility="private")
    said = {"images": [str(image.pk)], "action": "visibility", "visibility": "public"}
    undo = editor.post("/api/v1/batch", said, "json").json()["undo"]
    assert editor.post(undo).status_code == 200


@pytest.mark.parametrize(
    "door", [by_trash, by_batch, by_batch_to_the_trash, by_admin, by_the_page, by_undoing]
)
def test_every_door_tells(cache, image, editor, client, door):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    door(image, editor, client)
    image.refresh_from_db()
    assert image.audience == "private" or image.deleted_at
    work_off()
    assert image.get_file_url() in cache.paths


def test_what_is_purged_before_the_worker_comes_is_forgotten_too(cache, image, editor):
    editor.delete(f"{IMAGES}/{image.pk}")
    image.refresh_from_db()
    purge(image)
    work_off()
    assert cache.paths == [f"/api/v1/images/{image.pk}/file", *(f"/iiif/3/{image.pk}/{s}" for s in LISTED)]


def test_what_is_rolled_back_is_told_nobody(cache, image):
    with transaction.atomic():
        with recorded(None, [image.pk]):
            trash(image)
        transaction.set_rollback(True)
    work_off()
    assert cache.purged == []


def test_one_that_is_down_keeps_no_other_and_is_told_later(cache, image, editor, settings):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        settings.IMAGELIB_CDN_PURGE = (down, cache.origin)
        editor.patch(f"{IMAGES}/{image.pk}", {"visibility": "private"}, "json")
        work_off()
    assert image.get_file_url() in cache.paths
    assert failures() == ["The cache did not answer PURGE: ConnectionRefusedError."]
    with running() as back:
        settings.IMAGELIB_CDN_PURGE = (back.origin,)
        (row,) = DBTaskResult.objects.all()
        row.args_kwargs["args"][1], row.run_after = back.origin, timezone.now()
        row.save()
        work_off()
        assert back.paths == cache.paths
    assert failures() == []


@pytest.mark.parametrize("status", [403, 405, 500, 301])
def test_one_that_refuses_is_seen(cache, image, editor, status):
    cache.status = status
    editor.patch(f"{IMAGES}/{image.pk}", {"visibility": "private"}, "json")
    work_off()
    assert failures() == [f"The cache answered PURGE with {status}."]
    assert len(cache.purged) == 1


@pytest.mark.parametrize("status", [204, 404])
def test_one_that_has_nothing_of_it_is_well(cache, image, editor, status):
    cache.status = status
    editor.patch(f"{IMAGES}/{image.pk}", {"visibility": "private"}, "json")
    work_off()
    assert failures() == []


def test_one_that_is_silent_keeps_no_other_waiting(cache, image, settings, monkeypatch):
    asked = []

    def impatient(origin: str) -> HTTPConnection:
        asked.append(origin)
        connection = connect(origin)
        connection.timeout = connection.timeout if origin == cache.origin else 0.05
        return connection

    connect = caches._connection
    monkeypatch.setattr(caches, "_connection", impatient)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        origin = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings.IMAGELIB_CDN_PURGE = (origin, cache.origin)
        for _ in range(20):
            caches.forget_image.enqueue(str(image.pk), origin, 400, 300)
        caches.forget_image.enqueue(str(image.pk), cache.origin, 400, 300)
        work_off()
        assert asked == [origin, cache.origin]
        assert image.get_file_url() in cache.paths
        assert set(failures()) == {
            "The cache did not answer PURGE: TimeoutError.",
            "The cache did not answer a moment ago.",
        }
        caches._left_alone[origin] -= caches.LEFT_ALONE_SECONDS
        DBTaskResult.objects.update(run_after=timezone.now())
        work_off()
    assert asked == [origin, cache.origin, origin]


def test_one_that_is_slow_has_so_long_for_an_image_and_is_left_alone_then(cache, image, monkeypatch):
    monkeypatch.setattr(caches, "DEADLINE", 0)
    for why in ("longer than it has", "a moment ago"):
        with pytest.raises(Undelivered, match=why):
            caches.forget_image.call(str(image.pk), cache.origin, 400, 300)


def test_one_that_says_no_at_once_is_asked_each_time(cache, image, settings):
    cache.status = 503
    for _ in range(2):
        with pytest.raises(Undelivered, match="answered PURGE with 503"):
            caches.forget_image.call(str(image.pk), cache.origin, 400, 300)
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        settings.IMAGELIB_CDN_PURGE = (origin,)
        for _ in range(2):
            with pytest.raises(Undelivered, match="ConnectionRefusedError"):
                caches.forget_image.call(str(image.pk), origin, 400, 300)


def test_one_that_is_no_longer_named_is_told_nothing(cache, image, editor, settings):
    editor.patch(f"{IMAGES}/{image.pk}", {"visibility": "private"}, "json")
    settings.IMAGELIB_CDN_PURGE = ()
    work_off()
    assert cache.purged == []
    assert failures() == []


def test_without_one_there_is_no_task(image, editor):
    editor.patch(f"{IMAGES}/{image.pk}", {"visibility": "private"}, "json")
    assert not DBTaskResult.objects.exists()


def test_what_is_taken_down_comes_before_what_is_drawn(cache, image, editor):
    add_image(make_image(seed=2))
    editor.patch(f"{IMAGES}/{image.pk}", {"visibility": "private"}, "json")
    do(take("a worker"))
    assert re.search(str(image.pk), cache.paths[0])
