"""The history is backed up with the library, comes back, and is dropped after a year."""

from datetime import timedelta

import pytest

from images.catalogue.album_curation import create, delete
from images.catalogue.curation import act, showing, tagging, trashing
from images.catalogue.history import KEPT
from images.catalogue.tag_curation import rename
from images.catalogue.trash import purge
from images.catalogue.undoing import undo
from images.models import Album, Change, Image, Tag
from tests.clients.commands import run
from tests.factories import add_image, make_image, said_of
from tests.resilience.database_loss import lose_the_database

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def history() -> list[dict]:
    said = Change.objects.order_by("at", "pk").values()
    return [row | {"by_id": row["by_id"] is not None} for row in said]


def test_it_comes_back_and_goes_on(editor, tmp_path):
    image, other = (add_image(make_image(seed=seed), tags=["sea"], uploaded_by=editor) for seed in range(2))
    act(editor, showing("private"), [image.pk, other.pk])
    rename(Tag.objects.get(), "ocean", by=editor)
    album = create(editor, "Porto")
    delete(album, by=editor)
    undo(editor, Change.objects.filter(what="edit").order_by("at")[0].pk)
    before = history()
    run("backuplibrary", f"--output={tmp_path / 'backup'}")
    act(editor, trashing(), [other.pk])
    purge(Image.objects.get(pk=other.pk))
    lose_the_database()
    run("restorelibrary", str(tmp_path / "backup"))
    assert history() == before
    person = Change.objects.exclude(by=None)[0].by
    undo(person, Change.objects.get(what="rename").pk)
    undo(person, Change.objects.get(what="delete", kind="album").pk)
    assert said_of(image, "tags") == {"tags": ["sea"]}
    assert Album.objects.get().title == "Porto"
    run("restorelibrary", "--merge", str(tmp_path / "backup"))
    assert Change.objects.count() > len(before)


def test_what_is_older_than_a_year_is_dropped(editor):
    image = add_image()
    for name in ("sea", "sky"):
        act(editor, tagging(add=[name]), [image.pk])
    old, new = Change.objects.order_by("at")
    Change.objects.filter(pk=old.pk).update(at=new.at - KEPT - timedelta(minutes=1))
    assert run("recountfigures", "--json").summary["dropped"] == 1
    assert list(Change.objects.all()) == [new]
    assert run("recountfigures", "--json").summary["dropped"] == 0
