"""backuplibrary and restorelibrary: the library's face comes back."""

import pytest

from images.http import branding
from images.models import Image, Library
from images.models.library import ONLY
from tests.clients.commands import run
from tests.factories import add_image, brand, make_image
from tests.resilience.database_loss import lose_the_database
from tests.resilience.manifests import entries_of, packed

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def face() -> dict:
    """All of it, set."""
    said = {"name": "Kites", "logo": add_image(), "accent": "#ffcc00", "footer": "Ana & Bo\nPorto"}
    brand(**said, imprint_url="/imprint", privacy_url="https://example.org/privacy")
    return row()


def row() -> dict:
    return Library.objects.values().get()


def backup(tmp_path):
    path = tmp_path / "backup"
    run("backuplibrary", f"--output={path}")
    return path


def with_line(path, **said):
    """Say this of the library in the manifest at `path`."""
    entries = entries_of(path)
    path.write_bytes(packed(entry | said if entry["kind"] == "library" else entry for entry in entries))
    return path


def test_all_of_it_comes_back_and_is_shown(face, tmp_path, client):
    path = backup(tmp_path)
    lose_the_database()
    assert run("restorelibrary", str(path)).code == 0
    assert row() == face
    branding.forget()
    page = client.get("/").content.decode()
    assert "Kites</span></a>" in page
    assert f"/iiif/3/{face['logo_id']}/" in page


def test_its_line_says_all_that_is_set_and_there_is_none_where_nothing_is(face, tmp_path):
    (line,) = [entry for entry in entries_of(backup(tmp_path)) if entry["kind"] == "library"]
    fields = {field.attname for field in Library._meta.concrete_fields} - {"id"}
    assert line == {"kind": "library"} | {name: face[name] for name in fields} | {
        "logo_id": str(face["logo_id"])
    }
    Library.objects.all().delete()
    (tmp_path / "backup").unlink()
    assert "library" not in {entry["kind"] for entry in entries_of(backup(tmp_path))}


def test_what_is_set_here_stays_and_the_rest_is_added(face, tmp_path):
    path = backup(tmp_path)
    lose_the_database()
    brand(name="Ours", footer="Here")
    assert run("restorelibrary", str(path), "--merge").code == 0
    assert row() == face | {"name": "Ours", "footer": "Here"}


def test_a_logo_that_is_not_there_is_none(face, tmp_path):
    path = backup(tmp_path)
    lose_the_database()
    with_line(path, logo_id="00000000-0000-4000-8000-000000000000")
    assert run("restorelibrary", str(path)).code == 0
    assert row() == face | {"logo_id": None}


def test_a_logo_keeps_being_one_when_its_image_gets_its_former_id(face, tmp_path):
    path = backup(tmp_path)
    lose_the_database()
    brand(logo=add_image())
    assert Library.objects.get().logo_id != face["logo_id"]
    assert run("restorelibrary", str(path), "--merge").code == 0
    assert row()["logo_id"] == Image.objects.get().pk == face["logo_id"]


@pytest.mark.parametrize(
    "said",
    [
        {"imprint_url": "javascript:alert(1)"},
        {"privacy_url": "//example.org"},
        {"accent": "red;}"},
        {"name": "x" * 61},
        {"footer": 7 * ["x" * 1000]},
    ],
    ids=lambda said: next(iter(said)),
)
def test_what_could_not_be_set_is_not_restored(face, tmp_path, said):
    path = backup(tmp_path)
    lose_the_database()
    with_line(path, **said)
    assert run("restorelibrary", str(path)).code == 0
    assert row() == face | dict.fromkeys(said, "")


def test_a_manifest_of_another_version_says_less_or_more(face, tmp_path):
    path = backup(tmp_path)
    lose_the_database()
    entries = entries_of(path)
    path.write_bytes(
        packed(
            {"kind": "library", "name": "Kites", "motto": "Up"} if entry["kind"] == "library" else entry
            for entry in entries
        )
    )
    assert run("restorelibrary", str(path)).code == 0
    assert row() == {**dict.fromkeys(face, ""), "id": ONLY, "logo_id": None, "name": "Kites"}


def test_a_manifest_without_it_leaves_all_as_it_is(tmp_path):
    add_image(make_image(seed=1))
    path = backup(tmp_path)
    lose_the_database()
    brand(name="Ours")
    assert run("restorelibrary", str(path), "--merge").code == 0
    assert row()["name"] == "Ours"
