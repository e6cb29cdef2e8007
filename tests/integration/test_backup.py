"""manage.py backuplibrary and restorelibrary: one bucket is the whole library."""

import io
import json
import uuid
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from images import manifest, restoring
from images.ingest import ingest, purge, trash
from images.models import Image, Rendition
from images.pyramid import listed
from storage import get_storage
from tests.commands import run
from tests.support import add_image, make_image, make_user, sha256

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

User = get_user_model()


@pytest.fixture
def people(contributor, editor, stranger):
    """Two who upload, one who is in no group and may do one thing, one who may do all."""
    User.objects.filter(pk=editor.pk).update(first_name="Ada", last_name="Lovelace", email="ada@example.org")
    stranger.user_permissions.add(Permission.objects.get(codename="view_image"))
    User.objects.create_superuser("root", password="a secret of root")
    curators = Group.objects.create(name="Curators")
    curators.permissions.add(Permission.objects.get(codename="change_image"))
    contributor.groups.add(curators)


@pytest.fixture
def library(people, contributor, editor):
    """Images of all states."""
    add_image(make_image(seed=1), title="Ä public one\n", alt_text="a", description="d", uploaded_by=editor)
    add_image(make_image("PNG", seed=2), visibility="private", filename="Tür.png", uploaded_by=contributor)
    add_image(make_image("GIF", seed=3, frames=3), filename="nobody's.gif")
    trash(add_image(make_image(seed=4), uploaded_by=contributor))


def use_s3(settings, seaweedfs) -> None:
    settings.IMAGELIB_STORAGE = "s3"
    settings.IMAGELIB_S3 = seaweedfs.options | {"bucket_name": f"library-{uuid.uuid4().hex}"}
    get_storage.cache_clear()
    get_storage().prepare()


@pytest.fixture(params=["local", "s3"])
def store(request, settings):
    if request.param == "s3":
        use_s3(settings, request.getfixturevalue("seaweedfs"))


def lose_the_database() -> None:
    # The sequences stay: pytest-django puts rows back with their ids, and does not advance sequences.
    call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
    assert (Image.objects.count(), User.objects.count(), Group.objects.count()) == (0, 0, 0)


def rows() -> dict:
    """Return all that the database says of images, uploaders by name, renditions included."""
    uploaders = dict(Image.objects.values_list("pk", "uploaded_by__username"))
    renditions = {image_id: set() for image_id in uploaders}
    for image_id, *facts in Rendition.objects.values_list("image", *manifest.RENDITION):
        renditions[image_id].add(tuple(facts))
    return {
        row["id"]: row | {"uploaded_by_id": uploaders[row["id"]], "renditions": renditions[row["id"]]}
        for row in Image.objects.values()
    }


def persons() -> dict:
    fields = ("first_name", "last_name", "email", "is_active", "is_staff", "is_superuser", "date_joined")
    return {
        user.username: (
            *(getattr(user, field) for field in fields),
            set(user.groups.values_list("name", flat=True)),
            user.get_all_permissions(),
        )
        for user in User.objects.all()
    }


def answers(ids, person: str | None = None) -> dict:
    """Return what the URL of each image answers to this person."""
    client = Client()
    if person:
        client.force_login(User.objects.get(username=person), "django.contrib.auth.backends.ModelBackend")
    said = {}
    for image_id in ids:
        response = client.get(f"/api/v1/images/{image_id}/file")
        headers = [
            response.get(name) for name in ("ETag", "Cache-Control", "Content-Type", "Content-Disposition")
        ]
        said[image_id] = response.status_code, headers, response.getvalue()
    return said


def test_everything_is_as_before(store, library):
    images, people = rows(), persons()
    seen = answers(images), answers(images, "editor")
    backup = run("backuplibrary", "--json").summary["key"]
    assert [stored.key for stored in get_storage().list("manifests/")] == [backup]
    lose_the_database()

    result = run("restorelibrary", "--json", "--verify")
    assert (result.code, result.objects) == (0, [])
    assert {kind: number for kind, number in result.summary.items() if number} == {"people": 4, "restored": 4}
    assert (rows(), persons()) == (images, people)
    assert (answers(images), answers(images, "editor")) == seen
    assert {status for status, *_ in seen[0].values()} == {200, 404}
    assert run("verifystorage") == (0, ["Whole: 13. Problems: none."], "")  # 4 images, 8 renditions, a backup


def test_doing_it_again_changes_nothing(library):
    run("backuplibrary")
    lose_the_database()
    run("restorelibrary")
    image = Image.objects.get(title__startswith="Ä")
    image.title = "Changed since"
    image.save()
    images, people = rows(), persons()

    assert run("restorelibrary", "--json").summary["present"] == 4
    assert (rows(), persons()) == (images, people)


def test_uploads_go_on_while_it_is_written(store, library, monkeypatch):
    monkeypatch.setattr(manifest, "CHUNK", 2)
    started, stop = Event(), Event()

    def upload() -> None:
        seed = 100
        while not stop.is_set():
            ingest(io.BytesIO(make_image(seed=seed)), filename="meanwhile.jpg", title="Meanwhile")
            seed += 1
            if seed == 105:
                started.set()
        connection.close()

    uploads = Thread(target=upload)
    uploads.start()
    try:
        assert started.wait(30)
        run("backuplibrary")
    finally:
        stop.set()
        uploads.join()
    add_image(make_image(seed=99), filename="after.jpg", title="After")
    images = rows()
    lose_the_database()

    result = run("restorelibrary", "--json")
    assert result.code == 0
    assert result.summary["restored"] + result.summary["adopted"] == len(images)
    assert result.summary["adopted"] >= 1
    restored = rows()
    assert {row["hash"] for row in restored.values()} == {row["hash"] for row in images.values()}
    for image_id, row in restored.items():
        if image_id in images:
            assert row == images[image_id]
        else:
            assert (row["visibility"], row["title"], row["uploaded_by_id"]) == ("private", "", None)
    # A rendition that came after its image's line is nobody's now, and made again when it is asked for.
    problems = {
        (found["problem"], found["key"].split("/")[0]) for found in run("verifystorage", "--json").objects
    }
    assert problems <= {("orphaned", "renditions")}


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
        address = f"{image.get_service_url()}/{next(listed(image.width, image.height))}"
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
    assert run("prunestorage", "--delete", "--grace=0h").code == 0
    assert run("backuplibrary").code == 2
    assert originals <= {stored.key for stored in get_storage().list()}
    assert run("restorelibrary").code == 0
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
    entries = [json.loads(line) for line in (tmp_path / "backup").read_text().splitlines()[:-1]]
    with (tmp_path / "backup").open("wb") as file:
        manifest.write(file, [{k: v for k, v in entry.items() if k != "renditions"} for entry in entries])
    lose_the_database()
    assert run("restorelibrary", str(tmp_path / "backup"), "--json").summary["restored"] == 4
    assert Rendition.objects.count() == 0


def test_bytes_that_came_in_again_get_their_former_id_back(library):
    former = Image.objects.get(title__startswith="Ä")
    run("backuplibrary")
    lose_the_database()
    assert add_image(make_image(seed=1)).pk != former.pk
    run("restorelibrary")
    assert Image.objects.get(hash=former.hash).pk == former.pk
    assert Image.objects.get(hash=former.hash).title == former.title


def test_nobody_gets_a_password_back_and_who_is_there_keeps_theirs(library):
    run("backuplibrary")
    lose_the_database()
    make_user("editor")
    run("restorelibrary")
    assert User.objects.get(username="editor").has_usable_password()
    others = User.objects.exclude(username="editor")
    assert [user.has_usable_password() for user in others] == [False] * 3


def test_a_backup_has_no_secrets(library, tmp_path):
    hashes = User.objects.values_list("password", flat=True)
    run("backuplibrary", f"--output={tmp_path / 'backup'}")
    text = (tmp_path / "backup").read_text()
    assert "Lovelace" in text
    assert not [secret for secret in (*hashes, "pbkdf2", "md5$", "password") if secret in text]


def test_the_file_is_the_object_private_and_restores_too(library, tmp_path):
    images = rows()
    key = run("backuplibrary", "--json", f"--output={tmp_path / 'backup'}").summary["key"]
    assert (tmp_path / "backup").read_bytes() == get_storage().get(key)
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    get_storage().delete(key)
    lose_the_database()
    assert run("restorelibrary", str(tmp_path / "backup")).code == 0
    assert rows() == images


def test_the_newest_is_taken_unless_another_is_named(library, monkeypatch):
    older = run("backuplibrary", "--json").summary["key"]
    Image.objects.update(title="Newer title")
    later = timezone.now() + timedelta(seconds=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    run("backuplibrary")
    titles = []
    for named in ([], [older]):
        lose_the_database()
        run("restorelibrary", *named)
        titles.append(Image.objects.filter(title="Newer title").count())
    assert titles == [4, 0]


def rewritten(line: dict, text: str) -> bytes:
    """Return a whole manifest whose first line says something else."""
    file = io.BytesIO()
    manifest.write(file, [line, *(json.loads(entry) for entry in text.splitlines()[1:-1])])
    return file.getvalue()


@pytest.mark.parametrize("damage", ["cut", "one letter", "nothing", "a picture", "another version"])
def test_what_is_no_whole_manifest_restores_nothing(damage, library, tmp_path):
    run("backuplibrary", f"--output={tmp_path / 'backup'}")
    whole = (tmp_path / "backup").read_bytes()
    another = {
        "kind": "manifest",
        "format": manifest.FORMAT,
        "version": 2,
        "created_at": "2026-11-23T00:00:00+00:00",
    }
    (tmp_path / "backup").write_bytes(
        {
            "cut": whole[: whole.rindex(b"\n", 0, -1) + 1],
            "one letter": whole.replace(b"Lovelace", b"Lovelaca"),
            "nothing": b"",
            "a picture": make_image(),
            "another version": rewritten(another, whole.decode()),
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
    path.write_bytes(path.read_bytes().replace(b"Lovelace", b"Lovelaca"))
    lose_the_database()
    result = run("restorelibrary")
    assert (result.code, User.objects.count()) == (2, 0)
    assert f"{key} is damaged" in result.error


def test_without_a_backup_it_says_so():
    assert "no manifest" in run("restorelibrary").error


def test_every_column_is_in_it(library):
    (entry, *_) = [entry for entry in manifest.catalogue(timezone.now()) if entry["kind"] == "image"]
    columns = {field.attname for field in Image._meta.concrete_fields}
    assert set(entry) - {"kind", "uploaded_by", "renditions"} == columns - {"uploaded_by_id"}
    columns = {field.attname for field in Rendition._meta.concrete_fields}
    assert set(entry["renditions"][0]) == columns - {"id", "image_id"}
    assert sha256(make_image(seed=1)) == entry["hash"]
