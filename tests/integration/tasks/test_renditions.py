"""What the gallery shows of a new image a worker draws; who looks before it draws for themselves."""

import io

import pytest
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult

from images.catalogue.trash import purge, trash
from images.ingest import pipeline
from images.ingest.copies import public_copy
from images.models import Image, Rendition
from images.tasks.queue import do, take
from storage import get_storage
from storage.errors import StorageUnavailable
from storage.keys import rendition_key
from tests.factories import add_image, make_image, make_user, sha256
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


def test_an_upload_draws_nothing(picture, draws):
    add_image(picture)
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


SENTENCE = "No smaller sizes could be made: "


def lose(image: Image) -> None:
    get_storage().delete(image.storage_key)


def damage(image: Image) -> None:
    (path,) = get_storage()._root.glob(f"**/{image.hash}")
    path.write_bytes(b"damaged")


def make_undrawable(image: Image) -> None:
    get_storage().delete(image.storage_key)
    Image.objects.filter(pk=image.pk).update(hash=sha256(b"no picture"))
    get_storage().put(sha256(b"no picture"), io.BytesIO(b"no picture"), image.mime_type)


@pytest.mark.parametrize(
    ("fail", "why"),
    [
        (lose, "the file is missing."),
        (damage, "the file is damaged."),
        (make_undrawable, "drawing it fails, or takes more than one image may take."),
    ],
)
def test_a_failure_is_told_who_uploaded_the_image_and_nobody_else(client, picture, fail, why):
    image = add_image(picture, uploaded_by=make_user("ada", "Contributors"))
    fail(image)
    assert do(take("a worker"))
    assert SENTENCE not in client.get(image.get_absolute_url()).content.decode()
    client.force_login(make_user("robin", "Viewers"))
    assert SENTENCE not in client.get(image.get_absolute_url()).content.decode()
    client.force_login(image.uploaded_by)
    assert f"{SENTENCE}{why}" in client.get(image.get_absolute_url()).content.decode()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)  # renderimages has threads
@pytest.mark.parametrize("again", [work_off, lambda: call_command("renderimages")])
def test_a_failure_is_told_until_what_was_wrong_is_mended(client, picture, again):
    image = add_image(picture, uploaded_by=make_user("ada", "Contributors"))
    client.force_login(image.uploaded_by)
    assert SENTENCE not in client.get(image.get_absolute_url()).content.decode()  # nobody came yet
    lose(image)
    for _ in range(2):
        DBTaskResult.objects.update(run_after=image.created_at)
        do(take("a worker"))
    get_storage().put(image.storage_key, io.BytesIO(picture), image.mime_type)
    DBTaskResult.objects.update(run_after=image.created_at)
    again()
    assert SENTENCE not in client.get(image.get_absolute_url()).content.decode()


def test_a_store_that_is_away_is_no_failure_of_the_image(client, picture, monkeypatch):
    image = add_image(picture, uploaded_by=make_user("ada", "Contributors"))

    def away(key: str) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(get_storage(), "open", away)
        assert do(take("a worker"))
    client.force_login(image.uploaded_by)
    assert SENTENCE not in client.get(image.get_absolute_url()).content.decode()


def test_a_copy_without_its_location_is_drawn_too():
    user = make_user("ada", "Editors")
    image = add_image(photo(), uploaded_by=user, visibility="private")
    copy = public_copy(image, user)
    work_off()
    assert copy.renditions.exists()
    assert {rendition_key(row.hash) for row in copy.renditions.all()} <= {
        stored.key for stored in get_storage().list("renditions/")
    }
