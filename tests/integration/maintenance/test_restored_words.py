"""backuplibrary and restorelibrary: words, rights, moment, place and copies come back."""

import io
from datetime import UTC, date, datetime

import pytest

from images.catalogue.tags import tag_names
from images.catalogue.trash import purge, trash
from images.models import Image
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image, said_of, say, sha256
from tests.files.located import photo
from tests.resilience.database_loss import lose_the_database, rows
from tests.resilience.manifests import entries_of, packed

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

AT = datetime(2019, 8, 2, 21, 30, 0, 123_456, UTC)
TAKEN = {"taken_at": AT, "taken_offset": 180, "taken_day": date(2019, 8, 3), "taken_from": "hand"}
SAID = TAKEN | {
    "decorative": True,
    "author": "Ansel Adams",
    "credit": "National Park Service",
    "copyright": "© 1942\nAll rights reserved",
    "licence": "CC0-1.0",
    "source_url": "https://example.org/tetons",
    "tags": ["Paris, France", "山"],
    "location_kept": True,
    "source_hash": "0" * 64,
    "has_location": True,
}


def make_copy(image: Image, seed: int = 5) -> Image:
    copy = add_image(make_image(seed=seed))
    Image.objects.filter(pk=copy.pk).update(derived_from=image)
    return copy


def forget(tmp_path, *fields: str) -> str:
    """Write a manifest of before these fields, lose the database, and return the path."""
    path = tmp_path / "backup"
    run("backuplibrary", f"--output={path}")
    path.write_bytes(packed([{k: v for k, v in e.items() if k not in fields} for e in entries_of(path)]))
    lose_the_database()
    return str(path)


def test_all_that_is_said_comes_back():
    image = add_image(photo(), visibility="public")
    say(**SAID)
    make_copy(image)
    before = rows()
    run("backuplibrary")
    lose_the_database()
    assert run("restorelibrary").code == 0
    assert rows() == before
    assert said_of(image, *SAID) == SAID


def test_a_copy_comes_back_before_its_image_and_without_one_that_is_gone():
    first, lost, purged = (add_image(make_image(seed=seed)) for seed in range(3))
    copies = [make_copy(image, 10 + number) for number, image in enumerate((first, lost, purged))]
    Image.objects.filter(pk=copies[0].pk).update(created_at=datetime(2001, 1, 1, tzinfo=UTC))
    run("backuplibrary")
    get_storage().delete(lost.hash)
    trash(purged)
    purged.refresh_from_db()
    lose_the_database()
    assert run("restorelibrary").code == 1
    found = dict(Image.objects.filter(pk__in=[copy.pk for copy in copies]).values_list("pk", "derived_from"))
    assert found == {copies[0].pk: first.pk, copies[1].pk: None, copies[2].pk: purged.pk}
    trash(Image.objects.get(pk=purged.pk))
    purge(Image.objects.get(pk=purged.pk))
    assert run("restorelibrary", "--merge").code == 1
    assert Image.objects.get(pk=copies[2].pk).derived_from is None


def test_a_manifest_of_before_says_of_place_and_day_what_it_can(tmp_path):
    image = add_image(photo(), visibility="public")
    Image.objects.update(taken_at=AT)
    path = forget(tmp_path, *SAID.keys() - {"taken_at"}, "derived_from_id")
    assert run("restorelibrary", path).code == 0
    image = Image.objects.get(pk=image.pk)
    assert (image.has_location, image.location_kept, image.source_hash) == (True, False, None)
    assert (image.taken_at, image.taken_offset, image.taken_day) == (AT, None, date(2019, 8, 2))
    assert (image.taken_from, tag_names(image), image.author) == ("file", [], "")


def test_of_a_row_of_before_that_says_nothing_nothing_is_known(tmp_path):
    add_image()
    assert run("restorelibrary", forget(tmp_path, *SAID.keys() - {"taken_at"}, "derived_from_id")).code == 0
    image = Image.objects.get()
    assert (image.has_location, image.taken_at, image.taken_day, image.taken_from) == (False, None, None, "")


def merged(former: dict, newer: dict) -> Image:
    """Return what an image becomes that a backup has with `former`, and the database with `newer` values."""
    image = add_image()
    say(**former)
    run("backuplibrary")
    lose_the_database()
    add_image()
    say(**newer)
    assert run("restorelibrary", "--merge").code == 0
    found = Image.objects.get()
    assert found.pk == image.pk
    return found


def test_words_of_the_row_that_was_here_stay_and_others_come_back():
    newer = {"author": "Somebody", "tags": ["mine"], "licence": "MIT"}
    found = merged(SAID | {"visibility": "public"}, newer)
    assert (found.author, tag_names(found), found.licence) == ("Somebody", ["mine"], "MIT")
    assert (found.credit, found.decorative, found.source_url) == (SAID["credit"], True, SAID["source_url"])
    assert (found.has_location, found.source_hash) == (True, "0" * 64)
    assert tag_names(merged({}, SAID)) == SAID["tags"]


NEWER = {"taken_at": AT, "taken_offset": None, "taken_day": AT.date()}


@pytest.mark.parametrize(
    ("former", "newer", "stays"),
    [
        ("", "file", "newer"),
        ("file", "", "former"),
        ("file", "hand", "newer"),
        ("upload", "file", "former"),
        ("hand", "name", "former"),
        ("hand", "upload", "newer"),  # people said both, and the row that was here is the later one
        ("hand", "hand", "newer"),
    ],
)
def test_of_two_moments_the_one_that_people_said_stays(former, newer, stays):
    found = merged(TAKEN | {"taken_from": former}, NEWER | {"taken_from": newer})
    expected = TAKEN | {"taken_from": former} if stays == "former" else NEWER | {"taken_from": newer}
    assert {name: getattr(found, name) for name in TAKEN} == expected


@pytest.mark.parametrize("hidden", ["former", "newer", ""])
def test_whether_the_place_may_be_told_was_said_of_a_public_image_alone(hidden):
    kept = {"has_location": True, "location_kept": True}
    of_each = [
        kept | {"visibility": "private" if hidden == which else "public"} for which in ("former", "newer")
    ]
    found = merged(*of_each)
    assert (found.visibility, found.location_kept) == (("private", False) if hidden else ("public", True))


def test_what_was_read_of_the_file_since_is_not_forgotten():
    """Else an emptied word would come back with the next reinspection."""
    found = merged(
        {"metadata": {"iso": 100, "camera": "A"}}, {"metadata": {"camera": "B", "words": {"title": "C"}}}
    )
    assert found.metadata == {"iso": 100, "camera": "B", "words": {"title": "C"}}


def test_copies_of_an_image_whose_row_gave_way_are_copies_of_the_one_that_stays():
    former = add_image()
    run("backuplibrary")
    lose_the_database()
    copy = make_copy(add_image())
    assert run("restorelibrary", "--merge").code == 0
    copy.refresh_from_db()
    assert copy.derived_from_id == former.pk


def test_an_original_that_came_in_stripped_too_is_an_image_of_its_own():
    """Its object was left by an upload that died, say. What is known of the stripped one stays as it is."""
    data = photo(7)
    get_storage().put(sha256(data), io.BytesIO(data), "image/jpeg")
    add_image()
    Image.objects.update(source_hash=sha256(data))
    trash(Image.objects.get())
    before = rows()
    run("backuplibrary")
    lose_the_database()
    result = run("restorelibrary")
    adopted = Image.objects.get(hash=sha256(data))
    assert f"adopted: {adopted.hash} (image {adopted.pk})" in result.lines
    assert (adopted.visibility, adopted.location_kept) == ("private", False)
    assert {key: row for key, row in rows().items() if key != adopted.pk} == before
