"""manage.py verifystorage --reinspect: rows say what their files say, and nothing of people's is touched."""

import io
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from images.catalogue.trash import purge, trash
from images.errors import Busy, ImageTooLarge
from images.iiif.requests import RenditionSpec
from images.imaging.inspection import INSPECTION_VERSION, ImageFacts
from images.maintenance import verification
from images.models import Image
from images.renditions.store import store_rendition
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image, sha256
from tests.files.located import photo
from tests.resilience.database_loss import rows

pytestmark = pytest.mark.django_db

FACTS = [field.name for field in fields(ImageFacts)]


def growing_gif() -> bytes:
    """Return a GIF of 32 by 24 pixels whose second frame has 64 by 48."""
    first, second = make_image("GIF", (32, 24)), make_image("GIF", (64, 48))
    pixels = 13 + 3 * 2 ** ((second[10] & 7) + 1)  # what comes before is of the whole file
    return first[:-1] + second[pixels:]


def facts_of(image: Image) -> dict:
    image.refresh_from_db()
    return {name: getattr(image, name) for name in FACTS}


def test_every_fact_is_a_field_of_the_row():
    assert {field.name for field in Image._meta.concrete_fields} >= set(FACTS)


def test_an_old_row_of_a_growing_gif_becomes_renderable(client):
    image = add_image(growing_gif())
    Image.objects.update(width=64, height=48)  # as the code of before had it
    image.renditions.update(width=64, height=48)
    address = f"{image.get_service_url()}/0,0,64,48/64,48/0/default.png"
    client.raise_request_exception = False
    assert client.get(address).status_code >= 400

    result = run("verifystorage", "--reinspect")
    assert result.lines == [
        f"updated: {image.hash} (image {image.pk}): height, width",
        "Whole: 1. Problems: none. Brought up to date: 1 (height 1, width 1).",
    ]
    assert result.code == 0
    image.refresh_from_db()
    assert (image.width, image.height, image.frames) == (32, 24, 2)
    assert not image.renditions.exists()
    drawn = client.get(f"{image.get_service_url()}/full/max/0/default.jpg")
    assert drawn.status_code == 200
    assert image.renditions.get().width == 32


OLD = {
    "mime_type": "image/png",
    "width": 48,
    "height": 64,
    "frames": 9,
    "taken_at": datetime(2001, 1, 1, tzinfo=UTC),
    "metadata": {},
    "placeholder": "",
}


@pytest.mark.parametrize("name", OLD)
def test_each_fact_is_brought_up_to_date_and_nothing_else(name):
    image = add_image(photo(), title="Kite", visibility="private")
    right = facts_of(image)
    kept = Image.objects.values("id", "hash", "size", "filename", "title", "visibility", "created_at").get()
    drawn, before = image.renditions.count(), timezone.now()
    Image.objects.update(**{name: OLD[name]})

    result = run("verifystorage", "--reinspect", "--json")
    said = {"updated": [name], "says_where": False}
    assert result.objects == [{**said, "key": image.hash, "image": str(image.pk)}]
    assert (result.code, result.summary["updated"]) == (0, 1)
    assert facts_of(image) == right
    assert image.has_location
    assert Image.objects.values(*kept).get() == kept
    assert (image.updated_at, image.verified_at) > (before, before)
    assert image.renditions.count() == (0 if name in ("width", "height") else drawn)


def test_what_people_say_is_left_alone_and_without_being_asked_nothing_is_written():
    add_image()
    Image.objects.update(width=9)
    assert run("verifystorage").lines == ["Whole: 3. Problems: none."]
    assert Image.objects.get().width == 9


def test_where_all_is_up_to_date_nothing_changes():
    for format_ in ("JPEG", "PNG", "GIF", "WEBP", "AVIF"):
        add_image(make_image(format_, frames=1 if format_ == "JPEG" else 2))
    add_image(photo())
    trash(add_image(make_image(seed=9)))
    Image.objects.update(verified_at=None)
    before = rows()
    assert run("verifystorage", "--reinspect", "--json").summary["updated"] == 0
    assert not Image.objects.filter(verified_at=None).exists()
    Image.objects.update(verified_at=None)
    assert rows() == before


def test_a_file_that_is_not_decoded_is_named_and_its_row_kept(monkeypatch):
    data = make_image(seed=99)[:-300]
    get_storage().put(sha256(data), io.BytesIO(data), "image/jpeg")
    facts = {"mime_type": "image/jpeg", "size": len(data), "width": 64, "height": 48, "filename": "a.jpg"}
    damaged = Image.objects.create(hash=sha256(data), **facts)
    before = rows()
    before[damaged.pk]["inspection_version"] = INSPECTION_VERSION
    result = run("verifystorage", "--reinspect")
    assert result.lines[0] == f"undecodable: {damaged.hash} (image {damaged.pk})"
    assert (result.code, rows()) == (1, before)


def test_a_file_larger_than_is_taken_today_is_named_and_its_row_kept(monkeypatch):
    image = add_image()
    Image.objects.update(width=9, verified_at=None)

    def refuse(file, timeout):
        raise ImageTooLarge("The image has more megapixels than are taken.")

    monkeypatch.setattr(verification, "inspect_image", refuse)
    result = run("verifystorage", "--reinspect")
    assert result.lines == [
        f"uninspected: {image.hash} (image {image.pk})",
        "Whole: 2. Problems: 1 uninspected. Brought up to date: 0.",
    ]
    assert result.code == 1
    image.refresh_from_db()
    assert image.width == 9
    assert image.verified_at  # the bytes are right, and it is others' turn
    assert run("verifystorage").code == 0


def test_interrupted_it_goes_on_where_it_was(monkeypatch):
    images = [add_image(make_image(seed=seed)) for seed in range(5)]
    Image.objects.update(width=9)
    for age, image in enumerate(images):
        Image.objects.filter(pk=image.pk).update(verified_at=timezone.now() - timedelta(days=10 - age))
    bring, asked = verification.bring_up_to_date, []

    def interrupted(image_id, facts):
        asked.append(image_id)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return bring(image_id, facts)

    monkeypatch.setattr(verification, "bring_up_to_date", interrupted)
    assert run("verifystorage", "--reinspect").code == 130
    assert asked == [image.pk for image in images[:3]]
    assert Image.objects.filter(width=9).count() == 3
    result = run("verifystorage", "--reinspect", "--sample=60%")
    assert (
        result.lines[-1] == "Whole: 3. Problems: 4 orphaned. Brought up to date: 3 (width 3)."
    )  # discarded before
    assert asked[3:] == [image.pk for image in images[2:]]
    assert not Image.objects.filter(width=9).exists()


def test_an_image_purged_meanwhile_stays_so(monkeypatch):
    image = add_image()
    Image.objects.update(width=9)
    bring = verification.bring_up_to_date

    def purged_meanwhile(image_id, facts):
        trash(image)
        purge(image)
        return bring(image_id, facts)

    monkeypatch.setattr(verification, "bring_up_to_date", purged_meanwhile)
    assert run("verifystorage", "--reinspect").code == 0
    assert not Image.objects.exists()


def test_what_was_drawn_by_the_old_row_is_not_kept():
    """Drawing takes a moment, in which the row may be brought up to date."""
    stale = add_image(make_image(size=(64, 48)))
    stale.renditions.all().delete()
    data = make_image("WEBP", (64, 48))
    Image.objects.update(width=32, height=24)
    spec = RenditionSpec.parse("full/max/0/default.webp").canonical(64, 48)
    with pytest.raises(Busy):
        store_rendition(stale, spec, data)
    assert not Image.objects.get().renditions.exists()
    stale.refresh_from_db()
    Image.objects.all().delete()
    with pytest.raises(Image.DoesNotExist):
        store_rendition(stale, spec, data)
