"""Makes the library of the access table."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from images.accounts.tokens import make_token
from images.catalogue.album_curation import create, delete
from images.catalogue.album_entries import file
from images.catalogue.cursors import Cursor
from images.catalogue.favourites import favour
from images.catalogue.history import recorded
from images.catalogue.sources import NEWEST
from images.catalogue.trash import trash
from images.models import Change, Image, Tag
from images.models.figure import followed
from tests.factories import add_image, make_image, make_user, sha256
from tests.integration.access.library import WORDS, Caller, Library, Subject
from tests.integration.access.links import share

YEARS = {"public": 1931, "unlisted": 1937, "private": 1943, "trashed": 1949}
NOTHING = "nowhere"  # the word of what never was


def build() -> Library:
    """Return the library, made within the transaction of the caller."""
    library, people = Library(never=Subject(_nothing())), _people()
    owner = people["owner"]
    albums = {
        title: create(owner, title, visibility=visibility)
        for title, visibility in (("Open", "public"), ("Near", "unlisted"), ("Closed", "private"))
    }
    found = create(owner, "Found", visibility="public", search="common")
    empty = create(owner, "Empty", visibility="public")
    of_images = ContentType.objects.get_for_model(Image)
    fixed = {"type": str(of_images.pk)} | {
        album.slug: str(album.pk) for album in (*albums.values(), found, empty)
    }
    copies = {visibility: _public(100 + seed) for seed, visibility in enumerate(WORDS)}
    images = {}
    for seed, visibility in enumerate(WORDS):
        images[visibility] = _image(owner, visibility, seed)
        Image.objects.filter(pk=copies[visibility].pk).update(derived_from=images[visibility])
        for album in albums.values():
            file(owner, album, [images[visibility].pk])
        library.subjects[visibility] = _subject(owner, visibility, images[visibility])
        library.subjects[visibility].names |= {"file": str(seed), "copy": str(copies[visibility].pk)}
    for person in people.values():
        favour(person, list(images.values()))
    for image in images.values():
        with recorded(owner, [image.pk]):
            image.description = "common words"
            image.write("description")
    share(library, albums["Closed"], images, owner, make_user("leaver", "Editors"))
    for visibility, subject in library.subjects.items():
        if visibility == "trashed":
            trash(images[visibility])
        changes = Change.objects.filter(target=str(images[visibility].pk), what=Change.What.EDIT)
        change = changes.latest("at")
        subject.names |= {"change": str(change.pk), "action": str(change.action)}
        subject.names |= fixed
    library.never.names |= fixed
    library.clients = _clients(people)
    return library


def _people() -> dict[str, Any]:
    return {
        "groupless": make_user("groupless"),
        "viewer": make_user("looker", "Viewers"),
        "owner": make_user("owner", "Contributors"),
        "contributor": make_user("contributor", "Contributors"),
        "editor": make_user("editor", "Editors"),
        "admin": make_user("root", is_staff=True, is_superuser=True),
    }


def _image(owner: Any, visibility: str, seed: int) -> Image:
    word = WORDS[visibility]
    image = add_image(
        make_image(seed=seed),
        filename=f"{word}.jpg",
        title=word,
        author=word,
        tags=["Common", f"Kind-{word}"],
        visibility="public" if visibility == "trashed" else visibility,
        uploaded_by=owner,
    )
    image.taken_at = datetime(YEARS[visibility], 5, 5, tzinfo=UTC)
    image.taken_day = image.taken_at.date()
    image.metadata = {"camera": f"Kind {word}"}
    with followed([image]):
        image.save()
    return image


def _public(seed: int) -> Image:
    """Return a public image that nobody uploaded and that has its words; a row, for nobody asks for bytes."""
    facts = {"mime_type": "image/jpeg", "size": 1, "width": 64, "height": 48, "filename": "a.jpg"}
    return Image.objects.create(hash=sha256(b"%d" % seed), alt_text="a", visibility="public", **facts)


def _subject(owner: Any, visibility: str, image: Image) -> Subject:
    """Return how `image` is named, with what stands beside it: a public image that was uploaded just after
    it, and an album of its visibility, or one that was deleted.
    """
    word, beside = WORDS[visibility], _public(200 + YEARS[visibility])
    album = create(owner, f"Album {word}", visibility=image.visibility)
    names = {
        "id": str(image.pk),
        "hash": image.hash,
        "word": word,
        "beside": str(beside.pk),
        "place": str(Cursor.beside(beside, NEWEST, backwards=False)),
        "album": str(album.pk),
        "slug": album.slug,
        "tag": f"kind-{word}",
        "tag_key": str(Tag.objects.get(slug=f"kind-{word}").pk),
        "month": f"{YEARS[visibility]}-05",
    }
    if visibility == "trashed":
        delete(album, by=owner)
    return Subject(names, (names["id"], names["hash"], word, word.title(), f"{YEARS[visibility]}-05"))


def _nothing() -> dict[str, str]:
    ids = {name: str(uuid4()) for name in ("id", "copy", "beside", "album", "change", "action", "share")}
    return ids | {
        "hash": sha256(b"never was"),
        "word": NOTHING,
        "slug": f"album-{NOTHING}",
        "tag": f"kind-{NOTHING}",
        "place": NOTHING,
        "month": "1900-01",
        "file": "999",
        "tag_key": "999",
    }


def _clients(people: dict[str, Any]) -> dict[str, Caller]:
    """Return a client for each caller that shares nothing with the others. The tokens are the owner's."""
    owner, clients = people["owner"], {"nobody": Caller()}
    for name, person in people.items():
        clients[name] = Caller()
        clients[name].force_login(person)
    for name, scope, expires_at in (
        ("read token", "read", None),
        ("write token", "write", None),
        ("expired token", "write", timezone.now() - timedelta(seconds=1)),
    ):
        _, text = make_token(owner, name=name, scope=scope, expires_at=expires_at)
        clients[name] = Caller(headers={"authorization": f"Token {text}"})
    return clients
