"""Many requests for the same derived image at once: one render, in one process and across several."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from images.concurrency import locks
from images.errors import Busy
from images.iiif.pyramid import tiles
from images.models import Rendition
from images.renditions import drawing
from tests.factories import add_image, make_image
from tests.resilience.robustness import live_library
from tests.servers.application import fresh_database
from tests.servers.machine import DEADLINE, until
from tests.servers.proxy import proxy

SPEC = "full/1280,960/0/default.webp"
WAITING = settings.IMAGELIB_THREADS // 2  # that wait for a drawing, in each process


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_threads_wait_for_the_one_that_renders(monkeypatch):
    image = add_image(make_image(size=(1600, 1200)))
    draws, draw = [], drawing.render
    monkeypatch.setattr(drawing, "render", lambda *args: draws.append(args) or draw(*args))
    together = threading.Barrier(WAITING)

    def ask(_) -> tuple[int, str]:
        try:
            together.wait(30)
            response = Client().get(f"/iiif/3/{image.pk}/{SPEC}")
            return response.status_code, response["ETag"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WAITING) as pool:
        answers = set(pool.map(ask, range(WAITING)))
    assert answers == {(200, f'"{Rendition.objects.get(spec=SPEC).hash}"')}
    assert len(draws) == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("kind", ["kept", "the same", "not kept"])
def test_past_half_of_the_threads_nobody_waits_for_a_drawing(monkeypatch, kind):
    image = add_image(make_image(size=(1600, 1200)))
    specs = {
        "kept": [*tiles(1600, 1200, "webp")][: settings.IMAGELIB_THREADS],
        "the same": [SPEC] * settings.IMAGELIB_THREADS,
        "not kept": [f"full/{100 + number},/0/gray.png" for number in range(settings.IMAGELIB_THREADS)],
    }[kind]
    gate, draw, answers = threading.Event(), drawing.render, []
    monkeypatch.setattr(drawing, "render", lambda *args: gate.wait(DEADLINE) and draw(*args))

    def ask(spec: object) -> None:
        try:
            answers.append(Client().get(f"/iiif/3/{image.pk}/{spec}"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(specs)) as pool:
        pool.map(ask, specs)
        until(lambda: len(answers) == len(specs) - WAITING)
        assert {(answer.status_code, answer["Retry-After"]) for answer in answers} == {(503, "5")}
        assert {answer.json()["code"] for answer in answers} == {"busy"}
        gate.set()
    assert sorted(answer.status_code for answer in answers) == [200] * WAITING + [503] * (
        len(specs) - WAITING
    )


@pytest.mark.drill
@pytest.mark.race
def test_a_hundred_across_processes_are_one_render(tmp_path, seaweedfs, django_db_blocker):
    """Each render would put its bytes into the bucket, and what goes there is watched."""
    put = []

    def watch(piece: bytes) -> bytes:
        put.extend(re.findall(rb"^PUT \S*/renditions/(\w+)", piece))
        return piece

    with (
        proxy(seaweedfs.endpoint_url, watch) as way,
        django_db_blocker.unblock(),
        fresh_database(tmp_path / "data") as database_url,
        live_library(
            tmp_path / "data",
            DATABASE_URL=database_url,
            IMAGELIB_STORAGE="s3",
            IMAGELIB_S3_BUCKET_NAME="renders",
            IMAGELIB_S3_ENDPOINT_URL=way.endpoint_url,
            AWS_ACCESS_KEY_ID=seaweedfs.access_key,
            AWS_SECRET_ACCESS_KEY=seaweedfs.secret_key,
        ) as library,
    ):
        image = library.upload("photo.jpg", make_image(size=(1600, 1200)))
        assert not put  # an upload waits for none
        together, drawn = threading.Barrier(100), threading.Event()

        def ask(_) -> tuple[int, bytes]:
            together.wait(30)
            address = f"/iiif/3/{image['id']}/{SPEC}"
            status, _, body = library.application.request("GET", address)
            if status == 503:  # past half of the threads: it is told to come back
                assert drawn.wait(DEADLINE)
                status, _, body = library.application.request("GET", address)
            drawn.set()
            return status, body

        with ThreadPoolExecutor(100) as pool:
            ((status, _),) = set(pool.map(ask, range(100)))
        assert status == 200
        assert len(put) == 1
        assert library.faults_of_workers() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_waits_too_long_for_another_is_told_to_come_back(monkeypatch):
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with locks.render_lock("a rendition", 1):
                held.set()
                done.wait(30)
        finally:
            connections.close_all()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(30)
    try:
        with pytest.raises(Busy), locks.render_lock("a rendition", 0.05):
            pass
    finally:
        done.set()
        other.join()
    with locks.render_lock("a rendition", 0.05):  # free again
        pass
