"""manage.py restorelibrary where not all is there, or not all is at rest."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from images.catalogue.trash import purge, trash
from images.iiif.pyramid import listed_sizes
from images.maintenance import manifest_form, restoring
from images.models import ASKED_FOR, Image, InspectionProblem, Rendition
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image, make_user
from tests.files.located import photo
from tests.resilience.database_loss import lose_the_database, rows
from tests.resilience.manifests import entries_of, packed, plain

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

User = get_user_model()


def test_newer_originals_come_back_private_with_what_their_bytes_tell(library):
    run("backuplibrary")
    newer = add_image(
        make_image("PNG", (80, 60), seed=9), filename="x.png", title="Newer", visibility="public"
    )
    lose_the_database()
    result = run("restorelibrary")

    image = Image.objects.get(hash=newer.hash)
    assert result.lines[0] == f"adopted: {newer.hash} (image {image.pk})"
    assert (image.visibility, image.title, image.filename) == ("private", "", "image.png")
    assert (image.mime_type, image.width, image.height) == ("image/png", 80, 60)
    assert image.placeholder == newer.placeholder
    assert abs(image.created_at - newer.created_at).total_seconds() < 5


def test_what_somebody_has_to_look_at_is_found_again(library):
    """A manifest does not say what was the matter when an image was read anew: the next run finds it."""
    image = library_of_one_that_says_where()
    run("reinspectimages")
    found = InspectionProblem.objects.values("image", "problem").get()
    assert found["image"] == image.pk
    run("backuplibrary")
    lose_the_database()
    run("restorelibrary")
    assert not InspectionProblem.objects.exists()
    assert Image.objects.filter(inspection_version=ASKED_FOR).get() == image
    run("reinspectimages")
    assert InspectionProblem.objects.values("image", "problem").get() == found


def library_of_one_that_says_where() -> Image:
    """Add a public image that says where it was taken, which nobody said to publish."""
    image = add_image(photo(), visibility="private")
    Image.objects.filter(pk=image.pk).update(visibility="public", inspection_version=ASKED_FOR)
    return image


def test_what_had_been_deleted_before_is_not_brought_back(library, monkeypatch):
    image = add_image(make_image(seed=9))
    trash(image)
    purge(image)
    monkeypatch.setattr(timezone, "now", lambda now=timezone.now: now() + 2 * timedelta(hours=1))
    run("backuplibrary")
    lose_the_database()
    run("restorelibrary")
    assert not Image.objects.filter(hash=image.hash).exists()


def test_an_image_without_its_object_is_named_and_gets_no_row(library):
    lost, damaged = Image.objects.filter(deleted_at=None)[:2]
    run("backuplibrary")
    get_storage().delete(lost.hash)
    get_storage()._path(damaged.hash).write_bytes(b"something else")
    lose_the_database()

    result = run("restorelibrary", "--verify")
    assert sorted(result.lines[:-1]) == [
        f"damaged: {damaged.hash} (image {damaged.pk})",
        f"missing: {lost.hash} (image {lost.pk})",
    ]
    assert (result.code, result.error) == (1, "2 images are not as they were.")
    assert set(Image.objects.values_list("pk", flat=True)).isdisjoint([lost.pk])


def test_a_rendition_without_its_object_gets_no_row_and_is_made_again(library, client):
    lost = Rendition.objects.filter(image__visibility="public", image__deleted_at=None).first()
    run("backuplibrary")
    get_storage().delete(lost.storage_key)
    lose_the_database()
    assert run("restorelibrary").code == 0
    assert not Rendition.objects.filter(hash=lost.hash).exists()
    assert client.get(f"{lost.image.get_service_url()}/{lost.spec}").status_code == 200
    assert Rendition.objects.get(image=lost.image_id, spec=lost.spec).hash == lost.hash


def test_a_viewer_of_an_image_that_is_being_restored_is_in_nobodys_way(library, client, monkeypatch):
    before = rows()
    run("backuplibrary")
    lose_the_database()
    restore = restoring._restore_renditions

    def looked_at(image_id, *args):
        image = Image.objects.get(pk=image_id)
        address = f"{image.get_service_url()}/{next(listed_sizes(image.width, image.height))}"
        assert client.get(address).status_code == (200 if image.is_public else 404)
        restore(image_id, *args)

    monkeypatch.setattr(restoring, "_restore_renditions", looked_at)
    assert run("restorelibrary").code == 0
    assert rows() == before


def test_a_lost_database_is_no_reason_to_prune_or_to_back_up(library):
    images = rows()
    run("backuplibrary")
    originals = {stored.key for stored in get_storage().list() if "/" not in stored.key}
    lose_the_database()
    add_image(make_image(seed=99))  # life goes on, and so does cron
    assert run("prunestorage", "--delete", "--grace=0h").code == 1
    assert run("backuplibrary").code == 2
    assert originals <= {stored.key for stored in get_storage().list()}
    assert run("restorelibrary", "--merge").code == 0
    assert set(images) <= set(rows())


def test_pruning_while_a_library_is_restored_leaves_what_is_still_to_come(library, monkeypatch):
    images = rows()
    run("backuplibrary")
    lose_the_database()
    restore, pruned = restoring._restore_image, []

    def restore_and_prune(*args):
        outcome = restore(*args)
        if not pruned:
            pruned.append(run("prunestorage", "--delete", "--grace=0h"))
        return outcome

    monkeypatch.setattr(restoring, "_restore_image", restore_and_prune)
    assert run("restorelibrary").code == 0
    assert set(rows()) == set(images)


def test_a_manifest_from_before_there_were_renditions_restores(library, tmp_path):
    run("backuplibrary", f"--output={tmp_path / 'backup'}")
    entries = entries_of(tmp_path / "backup")
    (tmp_path / "backup").write_bytes(
        packed([{k: v for k, v in entry.items() if k != "renditions"} for entry in entries])
    )
    lose_the_database()
    assert run("restorelibrary", str(tmp_path / "backup"), "--json").summary["restored"] == 4
    assert Rendition.objects.count() == 0


def test_bytes_that_came_in_again_get_their_former_id_back(library):
    former = Image.objects.get(title__startswith="Ä")
    run("backuplibrary")
    lose_the_database()
    assert add_image(make_image(seed=1)).pk != former.pk
    run("restorelibrary", "--merge")
    assert Image.objects.get(hash=former.hash).pk == former.pk
    assert Image.objects.get(hash=former.hash).title == former.title


def test_nobody_gets_a_password_back_and_who_is_there_keeps_theirs(library):
    run("backuplibrary")
    lose_the_database()
    make_user("editor")
    run("restorelibrary", "--merge")
    assert User.objects.get(username="editor").has_usable_password()
    others = User.objects.exclude(username="editor")
    assert [user.has_usable_password() for user in others] == [False] * 3


@pytest.mark.parametrize("damage", ["cut", "one letter", "nothing", "a picture", "another version"])
def test_what_is_no_whole_manifest_restores_nothing(damage, library, tmp_path):
    run("backuplibrary", f"--output={tmp_path / 'backup'}")
    whole = (tmp_path / "backup").read_bytes()
    another = {
        "kind": "manifest",
        "format": manifest_form.FORMAT,
        "version": manifest_form.VERSION + 1,
        "created_at": "2026-11-23T00:00:00+00:00",
    }
    (tmp_path / "backup").write_bytes(
        {
            "cut": whole[: whole.rindex(b"\n", 0, -1) + 1],
            "one letter": whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:],
            "nothing": b"",
            "a picture": make_image(),
            "another version": packed([another, *entries_of(tmp_path / "backup")[1:]]),
        }[damage]
    )
    lose_the_database()
    result = run("restorelibrary", str(tmp_path / "backup"))
    assert (result.code, result.lines) == (2, [])
    assert "manifest" in result.error
    assert (Image.objects.count(), User.objects.count()) == (0, 0)


def test_a_damaged_newest_manifest_is_not_believed(library):
    key = run("backuplibrary", "--json").summary["key"]
    path = get_storage()._path(key)
    path.write_bytes(path.read_bytes()[:-1])
    lose_the_database()
    result = run("restorelibrary")
    assert (result.code, User.objects.count()) == (2, 0)
    assert f"{key} is damaged" in result.error


def test_without_a_backup_it_says_so():
    assert "no manifest" in run("restorelibrary").error


@pytest.mark.parametrize("version", [1, 2])
def test_a_manifest_of_an_earlier_version_restores(version, library, tmp_path):
    run("backuplibrary", f"--output={tmp_path / 'backup'}")
    images = rows()
    head, *entries = entries_of(tmp_path / "backup")
    (tmp_path / "backup").write_bytes(plain([head | {"version": version}, *entries]))
    lose_the_database()
    assert run("restorelibrary", str(tmp_path / "backup")).code == 0
    assert rows() == images
