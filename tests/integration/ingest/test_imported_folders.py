"""manage.py importimages: the names of folders as tags and as albums."""

import os

import pytest

from images.catalogue.album_curation import create
from images.catalogue.albums import seen_entries
from images.catalogue.tags import tag_names
from images.catalogue.trash import trash
from images.ingest import folder_albums
from images.models import Album, Image
from tests.clients.commands import run
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def folder(tmp_path):
    """A folder of two images, with another of one in it, and one without any."""
    folder = tmp_path / "Summer in Porto"
    (folder / "Day 1").mkdir(parents=True)
    (folder / "Nothing").mkdir()
    (folder / "Nothing" / "notes.txt").write_text("hello")
    for seed, name in enumerate(("b.jpg", "a.jpg", "Day 1/c.jpg")):
        (folder / name).write_bytes(make_image(seed=seed))
    return folder


def names(album: Album) -> list[str]:
    return [entry.image.filename for entry in seen_entries(album.made_by, album)]


def tags() -> dict[str, list[str]]:
    return {image.filename: tag_names(image) for image in Image.objects.all()}


def test_without_them_folders_say_nothing(folder, contributor):
    assert run("importimages", str(folder), "--user=contributor").code == 0
    assert tags() == {"a.jpg": [], "b.jpg": [], "c.jpg": []}
    assert not Album.objects.exists()


def test_the_folders_from_the_named_one_on_are_tags(folder):
    assert run("importimages", str(folder), "--tags-from-folders").code == 0
    top = ["Summer in Porto"]
    assert tags() == {"a.jpg": top, "b.jpg": top, "c.jpg": ["Day 1", "Summer in Porto"]}


def test_here_is_a_folder_too_and_a_file_by_itself_has_none(folder, monkeypatch):
    monkeypatch.chdir(folder / "Day 1")
    run("importimages", ".", str(folder / "a.jpg"), "--tags-from-folders")
    assert tags() == {"a.jpg": [], "c.jpg": ["Day 1"]}


def test_each_folder_with_images_is_an_album_in_the_order_of_names(folder, contributor):
    result = run("importimages", str(folder), "--albums-from-folders", "--user=contributor")
    assert result.code == 0
    assert sorted(line for line in result.lines if line.startswith("album: ")) == [
        "album: Day 1 (1)",
        "album: Summer in Porto (2)",
    ]
    albums = {album.title: album for album in Album.objects.all()}
    assert {title: names(album) for title, album in albums.items()} == {
        "Summer in Porto": ["a.jpg", "b.jpg"],
        "Day 1": ["c.jpg"],
    }
    assert {(album.made_by, album.visibility) for album in albums.values()} == {(contributor, "private")}


def test_again_it_adds_to_the_same_albums(folder, contributor):
    album = create(contributor, "summer in PORTO")
    command = ("importimages", str(folder), "--albums-from-folders", "--user=contributor")
    run(*command)
    (folder / "d.jpg").write_bytes(make_image(seed=4))
    assert run(*command).code == 0
    assert names(album) == ["a.jpg", "b.jpg", "d.jpg"]
    assert Album.objects.count() == 2


def test_known_images_are_filed_but_not_those_in_the_trash(folder, contributor):
    trash(add_image(make_image(seed=0), uploaded_by=contributor))
    add_image(make_image(seed=1), filename="known.jpg")
    run("importimages", str(folder), "--albums-from-folders", "--user=contributor")
    assert names(Album.objects.get(title="Summer in Porto")) == ["known.jpg"]


def test_albums_are_somebodys(folder):
    result = run("importimages", str(folder), "--albums-from-folders")
    assert (result.code, Image.objects.count()) == (2, 0)
    assert "--user" in result.error


def test_an_album_of_another_is_left_alone(folder, contributor):
    theirs = create(make_user("other", "Contributors"), "Summer in Porto", visibility="public")
    run("importimages", str(folder), "--albums-from-folders", "--user=contributor")
    assert names(theirs) == []
    assert Album.objects.filter(title="Summer in Porto").count() == 2


def test_what_an_album_refuses_is_a_problem(folder, contributor, monkeypatch):
    monkeypatch.setattr("images.catalogue.album_entries.MOST", 1)
    result = run("importimages", str(folder), "--albums-from-folders", "--user=contributor")
    assert (result.code, result.error) == (1, "1 folders could not be made albums.")
    assert "album: Summer in Porto (At most 1 images at once.)" in result.lines
    assert Image.objects.count() == 3


def test_only_so_many_wait_to_be_filed(folder, contributor, monkeypatch):
    monkeypatch.setattr(folder_albums, "MOST", 1)
    assert run("importimages", str(folder), "--albums-from-folders", "--user=contributor").code == 0
    assert sorted(names(Album.objects.get(title="Summer in Porto"))) == ["a.jpg", "b.jpg"]


def test_names_that_are_no_text_are_no_obstacle(tmp_path, contributor):
    odd = os.path.join(os.fsencode(tmp_path), b"caf\xe9 " + b"x" * 190)
    os.mkdir(odd)
    with open(os.path.join(odd, b"a.jpg"), "wb") as file:
        file.write(make_image())
    options = ("--tags-from-folders", "--albums-from-folders", "--user=contributor")
    assert run("importimages", os.fsdecode(odd), *options).code == 0
    assert Album.objects.get().title.startswith("caf\N{REPLACEMENT CHARACTER} xxx")
    assert tag_names(Image.objects.get())[0].startswith("caf\N{REPLACEMENT CHARACTER} xxx")
