"""What the gallery shows of a new image a worker draws; who looks before it draws for themselves."""

import io
from collections import Counter

import pytest
from django_tasks_db.models import DBTaskResult

from images.catalogue.trash import purge, trash
from images.ingest import pipeline
from images.ingest.copies import public_copy
from images.models import Image, Rendition
from images.tasks.queue import do, take
from storage import get_storage
from storage.keys import rendition_key
from tests.factories import add_image, make_image, make_user
from tests.files.located import photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued")]

SPECS = {f"full/{size}/0/default.{format_}" for size in ("320,240", "640,480") for format_ in ("jpg", "webp")}


@pytest.fixture
def picture() -> bytes:
    return make_image(size=(1000, 750))


def specs() -> list[str]:
    return sorted(Rendition.objects.values_list("spec", flat=True))


def work_off() -> None:
    while task := take("a worker"):
        assert do(task) is None


def test_an_upload_puts_once_and_draws_nothing(picture, draws, monkeypatch):
    asked = Counter()
    for name in ("put", "exists", "open", "get", "delete"):
        method = getattr(get_storage(), name)

        def counted(*args, name=name, method=method):
            asked[name] += 1
            return method(*args)

        monkeypatch.setattr(get_storage(), name, counted)
    add_image(picture)
    assert asked == {"put": 1}
    assert draws == []


def test_a_worker_draws_all_that_the_gallery_shows(picture, draws):
    image = add_image(picture)
    assert specs() == []
    work_off()
    assert set(specs()) == SPECS
    assert len(draws) == 1
    assert not DBTaskResult.objects.exists()
    stored = {stored.key for stored in get_storage().list("")}
    assert stored == {image.storage_key, *(row.storage_key for row in Rendition.objects.all())}


def test_who_looks_first_draws_and_nothing_is_drawn_twice(client, picture, draws):
    image = add_image(picture)
    seen = client.get(f"/iiif/3/{image.pk}/full/320,240/0/default.webp")
    assert seen.status_code == 200
    work_off()
    assert set(specs()) == SPECS
    assert [len(jobs) for jobs in draws] == [1, 3]
    assert client.get(f"/iiif/3/{image.pk}/full/320,240/0/default.webp")["ETag"] == seen["ETag"]


def test_a_task_that_is_done_twice_does_nothing_the_second_time(picture, draws):
    add_image(picture)
    task = take("a worker")
    do(task)
    do(task)
    assert len(draws) == 1
    assert len(specs()) == len(SPECS)


def test_no_row_no_task(picture, monkeypatch):
    """The task is in the transaction of the row, which fails after it here."""
    enqueue = type(pipeline.prepare_for_gallery).enqueue

    def fail(*args):
        enqueue(*args)
        raise ZeroDivisionError

    monkeypatch.setattr(type(pipeline.prepare_for_gallery), "enqueue", fail)
    with pytest.raises(ZeroDivisionError):
        add_image(picture)
    assert (Image.objects.count(), DBTaskResult.objects.count()) == (0, 0)


def test_what_is_known_is_no_task(picture):
    add_image(picture)
    work_off()
    add_image(picture)
    assert not DBTaskResult.objects.exists()


def test_of_what_was_purged_nothing_is_drawn(picture, draws):
    image = add_image(picture)
    trash(image)
    purge(image)
    work_off()
    assert draws == []


def test_a_file_that_is_lost_is_tried_again_until_it_is_back(picture):
    image = add_image(picture)
    get_storage().delete(image.storage_key)
    assert do(take("a worker"))
    get_storage().put(image.storage_key, io.BytesIO(picture), image.mime_type)
    DBTaskResult.objects.update(run_after=image.created_at)
    work_off()
    assert len(specs()) == len(SPECS)


def test_a_copy_without_its_location_is_drawn_too():
    user = make_user("ada", "Editors")
    image = add_image(photo(), uploaded_by=user, visibility="private")
    copy = public_copy(image, user)
    work_off()
    assert copy.renditions.exists()
    assert {rendition_key(row.hash) for row in copy.renditions.all()} <= {
        stored.key for stored in get_storage().list("renditions/")
    }
