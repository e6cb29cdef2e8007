"""Every door writes into the history of images what it changes, and who asked."""

import io
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from images.catalogue.curation import act, showing, tagging, trashing
from images.catalogue.curation import hide as make_private
from images.catalogue.cursors import Cursor, in_order
from images.catalogue.history import history_of
from images.catalogue.trash import trash
from images.catalogue.undoing import undo
from images.imaging.sandbox import inspect_image
from images.ingest.copies import public_copy
from images.ingest.pipeline import ingest
from images.maintenance import verification
from images.models import Change, Image
from tests.clients.commands import run
from tests.clients.pages import Form
from tests.factories import add_image, make_image, make_user, said_of
from tests.files.located import photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator():
    return make_user("curator", "Editors", is_staff=True)


@pytest.fixture
def page(curator) -> Client:
    client = Client()
    client.force_login(curator)
    return client


def steps() -> list[tuple]:
    """Return who did what, and the names of what that changed, the first first."""
    return [
        (change.by and change.by.username, change.what, sorted(change.after))
        for change in Change.objects.order_by("at")
    ]


def test_the_page_of_an_image(page):
    image = add_image()
    address = image.get_absolute_url()
    form = Form(page.get(address), "title")
    page.post(address, form.fields | {"title": "New", "tag_names": "Sea", "taken": "2026-03-01T12:00"})
    for action in ("hide", "publish", "trash"):
        page.post(address, {"action": action})
    page.post("/trash", {"image": image.pk, "action": "restore"})
    assert steps() == [
        ("curator", "edit", ["tag:sea", "taken", "title"]),
        ("curator", "edit", ["visibility"]),
        ("curator", "edit", ["visibility"]),
        ("curator", "trash", ["trashed"]),
        ("curator", "restore", ["trashed"]),
    ]


def test_a_selection_is_one_action(page):
    images = [add_image(make_image(seed=seed)) for seed in range(3)]
    page.post("/", {"action": "tag", "images": [image.pk for image in images], "tags": "Sea, Sky"})
    assert steps() == 3 * [("curator", "edit", ["tag:sea", "tag:sky"])]
    assert Change.objects.values("action").distinct().count() == 1


def test_the_admin(page, curator):
    images = [add_image(make_image(seed=seed)) for seed in range(2)]
    address = f"/admin/images/image/{images[0].pk}/change/"
    form = Form(page.get(address), "title")
    page.post(address, form.fields | {"title": "New", "tag_names": "Sea", "visibility": "private"})
    assert steps() == [("curator", "edit", ["tag:sea", "title", "visibility"])]
    Change.objects.all().delete()
    chosen = {"action": "move_to_trash", "_selected_action": [image.pk for image in images]}
    page.post("/admin/images/image/", chosen)
    assert steps() == 2 * [("curator", "trash", ["trashed"])]
    assert Change.objects.values("action").distinct().count() == 1


def test_a_copy_that_is_published_again(editor):
    image = add_image(photo(), location="keep", visibility="private")
    copy = public_copy(image, editor)
    assert steps() == []
    make_private(copy)
    trash(copy)
    public_copy(image, editor)
    assert steps() == [("editor", "restore", ["trashed", "visibility"])]


def test_an_upload_of_what_is_in_the_trash(contributor):
    trash(add_image(uploaded_by=contributor))
    ingest(io.BytesIO(make_image()), filename="a.jpg", uploaded_by=contributor, visibility="private")
    assert steps() == [("contributor", "restore", ["trashed", "visibility"])]


def test_a_command(monkeypatch):
    def inspect(file, *args):
        found = inspect_image(file, *args)
        return replace(found, metadata={"words": {"title": "River", "keywords": ["sea"]}})

    add_image()
    monkeypatch.setattr(verification, "inspect_image", inspect)
    run("verifystorage", "--reinspect")
    assert steps() == [(None, "edit", ["tag:sea", "title"])]


def test_what_is_refused_is_no_step(contributor, viewer):
    private = add_image(photo(), location="keep", visibility="private", uploaded_by=contributor)
    assert act(contributor, showing("public"), [private.pk]).refused
    assert not act(viewer, showing("private"), [private.pk]).images
    assert steps() == []


def test_an_action_is_undone_as_a_whole_and_each_image_for_itself(contributor, editor):
    images = [add_image(make_image(seed=seed), tags=["Sea"]) for seed in range(4)]
    done = act(editor, tagging(add=["Sky", "Sea"]), [image.pk for image in images])
    act(editor, trashing(), [images[1].pk])
    act(editor, tagging(remove=["Sky"]), [images[2].pk])
    act(editor, tagging(add=["Sky"]), [images[2].pk])
    undone = undo(editor, done.action)
    codes = {result.change.target: result.code for result in undone.results}
    assert codes == {str(image.pk): "conflict" if image == images[2] else "" for image in images}
    assert [said_of(image, "tags")["tags"] for image in images] == [
        *(["Sea"], ["Sea"]),
        *(["Sea", "Sky"], ["Sea"]),
    ]
    assert {result.code for result in undo(editor, undone.action).results} == {""}
    assert [said_of(image, "tags")["tags"] for image in images] == 4 * [["Sea", "Sky"]]
    with pytest.raises(Change.DoesNotExist):
        undo(contributor, Change.objects.get(what="trash").pk)
    assert Image.objects.filter(deleted_at=None).count() == 3


def test_who_does_not_see_the_images_of_an_action_is_told_of_none(editor, stranger):
    images = [add_image(make_image(seed=seed), visibility="private") for seed in range(2)]
    done = act(editor, tagging(add=["Sky"]), [image.pk for image in images])
    for _ in range(2):
        with pytest.raises(Change.DoesNotExist):
            undo(stranger, done.action)
        assert len(undo(editor, done.action).results) == 2
    assert not Change.objects.filter(by=stranger).exists()


def test_each_look_into_it_goes_by_an_index(editor):
    images = [add_image(make_image(seed=seed)) for seed in range(2)]
    done = act(editor, tagging(add=["Sky"]), [image.pk for image in images])
    change = Change.objects.first()
    others = {"kind": "image", "what": "edit", "number": 0, "before": {}, "after": {}}
    Change.objects.bulk_create(
        Change(at=change.at - timedelta(seconds=n), target=uuid4(), action=uuid4(), **others)
        for n in range(300)
    )
    of_one = history_of(Change.Kind.IMAGE, images[0].pk)
    looks = {
        "change_target": [
            in_order(of_one, "-at", Cursor.beside(change, "-at", backwards=False))[:51],
            of_one.filter(at__gte=change.at)[:1001],
        ],
        "change_action": [Change.objects.filter(action=done.action, pk__gt=change.pk).order_by("pk")[:100]],
        "change_at": [Change.objects.filter(at__lt=change.at).order_by("at", "pk")[:500]],
    }
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which knows how many there are, and may not read all
            cursor.execute("ANALYZE images_change")
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    for index, rows in looks.items():
        for look in rows:
            explained = look.explain()
            assert index in explained, explained
            assert "TEMP B-TREE" not in explained
