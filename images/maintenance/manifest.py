"""A manifest, the backup of the catalogue: with it and the originals, the bucket is the whole library.

Its form, manifest_form.py says. People come without passwords and tokens.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, Manager, OuterRef
from django.utils import timezone

from images.catalogue import storing
from images.catalogue.tags import tag_names
from images.errors import NotAManifest, NotNewest
from images.maintenance.manifest_form import FORMAT, VERSION
from images.maintenance.stored_objects import copied
from images.models import (
    ASKED_FOR,
    Album,
    Change,
    Favourite,
    Image,
    InspectionProblem,
    KnownManifest,
    Library,
    Purged,
    Tag,
)
from images.models.indexing import DERIVED
from storage import get_storage
from storage.backend import StoredObject
from storage.keys import MANIFESTS, is_key, key_digest, manifest_key, manifest_time

SKEW = timedelta(minutes=5)  # between the clocks of store and application
CHUNK = 100  # rows fetched at once; of an image with all its tiles, hundreds of renditions come along
DESCRIBED = [
    field
    for field in Image._meta.concrete_fields
    if field not in DERIVED and field.name not in ("uploaded_by", "keywords")
]
TAG = ("name", "description", "color")
ALBUM = (
    *("id", "slug", "title", "description", "cover_id", "visibility", "ordering", "search"),
    *("created_at", "updated_at"),
)
LIBRARY = ("name", "logo_id", "accent", "footer", "imprint_url", "privacy_url")
FAVOURITE = ("user__username", "image", "created_at")
CHANGE = ("id", "at", "target", "what", "action", "undoes", "number", "before", "after")
RENDITION = ("spec", "hash", "mime_type", "size", "width", "height")
PERSON = (
    "username",
    "first_name",
    "last_name",
    "email",
    "is_active",
    "is_staff",
    "is_superuser",
    "date_joined",
)


def catalogue(created_at: datetime) -> Iterator[dict[str, Any]]:
    """Yield what a manifest says, but its last line.

    Images are read by one statement, so as they were at one moment. The rest is read after them: uploaders
    are there then, and the tombstones of images purged meanwhile. Bytes come before rows: whatever row is
    read, its object is there.
    """
    yield {"kind": "manifest", "format": FORMAT, "version": VERSION, "created_at": created_at}
    images = Image.objects.order_by("created_at", "pk").select_related("uploaded_by").defer("search_text")
    images = images.annotate(is_noted=Exists(InspectionProblem.objects.filter(image=OuterRef("pk"))))
    for image in images.prefetch_related("renditions", "tags").iterator(CHUNK):
        # What was the matter when it was read anew is not said: a library that is restored finds that again.
        anew = {"inspection_version": ASKED_FOR} if image.is_noted else {}
        yield {"kind": "image"} | describe(image) | anew
    for library in Library.objects.values(*LIBRARY):
        yield {"kind": "library"} | library
    for tag in Tag.objects.order_by("key").values(*TAG).iterator():
        yield {"kind": "tag"} | tag
    for album in Album.objects.order_by("key", "pk").select_related("made_by").iterator(CHUNK):
        yield {"kind": "album"} | _describe_album(album)
    for user, image_id, since in Favourite.objects.order_by("pk").values_list(*FAVOURITE).iterator():
        yield {"kind": "favourite", "user": user, "image": image_id, "created_at": since}
    for change in Change.objects.order_by("at", "pk").select_related("by").iterator(CHUNK):
        yield {"kind": "change"} | _describe_change(change)
    for purged in Purged.objects.order_by("hash").iterator():
        yield {"kind": "purged", "hash": purged.hash, "time": purged.time}
    for group in Group.objects.order_by("name"):
        yield {"kind": "group", "name": group.name, "permissions": _named(group.permissions)}
    for user in get_user_model().objects.order_by("pk").iterator(CHUNK):
        groups = list(user.groups.order_by("name").values_list("name", flat=True))
        said = {name: getattr(user, name) for name in PERSON}
        yield {"kind": "user"} | said | {"groups": groups, "permissions": _named(user.user_permissions)}


def describe(image: Image) -> dict[str, Any]:
    """Return all fields of the row but those that follow from others, the uploader and the tags by name, and
    its renditions. What were keywords before are tags.
    """
    return {field.attname: field.value_from_object(image) for field in DESCRIBED} | {
        "tags": tag_names(image),
        "uploaded_by": image.uploaded_by and image.uploaded_by.get_username(),
        "renditions": [
            {name: getattr(rendition, name) for name in RENDITION} for rendition in image.renditions.all()
        ],
    }


def _describe_album(album: Album) -> dict[str, Any]:
    """Return what people said of the album, all its addresses, and its images in the order made by hand."""
    return {name: getattr(album, name) for name in ALBUM} | {
        "made_by": album.made_by and album.made_by.get_username(),
        "slugs": sorted(album.slugs.values_list("slug", flat=True)),
        "images": list(album.entries.order_by("position", "pk").values_list("image", flat=True)),
    }


def _describe_change(change: Change) -> dict[str, Any]:
    """Return what the history says; `kind` is that of the line."""
    said = {name: getattr(change, name) for name in CHANGE}
    return said | {"of": change.kind, "by": change.by and change.by.get_username()}


def _named(permissions: Manager[Permission]) -> list[str]:
    """Return permissions as Django names them in code: `images.view_image`."""
    names = permissions.order_by("content_type__app_label", "codename")
    return [".".join(name) for name in names.values_list("content_type__app_label", "codename")]


def store(file: IO[bytes], digest: str, created_at: datetime) -> str:
    """Put the manifest in `file` into the store; return its key. This database knows it from then on.

    Raises NotNewest, with nothing left behind, when by the store's own time another one is newer.
    """
    key = manifest_key(created_at, digest)
    KnownManifest.objects.get_or_create(key=key)  # before it is there, and never a stranger
    storing.put(key, file, "application/x-ndjson")
    if (other := newest()) != key:
        get_storage().delete(key)
        raise NotNewest(
            f"By the store's time {other} is newer than a backup made now. A clock was ahead then, or is "
            "behind now. Set it right; if it is right, `prunestorage --delete --force --keep-manifests N` "
            "removes what is of the future."
        )
    return key


def moment() -> datetime:
    """Return the time, after the second in which the newest manifest was begun: a key tells no less apart."""
    now = timezone.now()
    if any(manifest_time(stored.key) == now.replace(microsecond=0) for stored in newest_first()):
        time.sleep(1 - now.microsecond / 1_000_000)
    return timezone.now()


def newest() -> str:
    """Return the key of the newest manifest. Raises NotAManifest when there is none."""
    manifests = newest_first()
    if not manifests:
        raise NotAManifest("There is no manifest in the store.")
    return manifests[0].key


def newest_first() -> list[StoredObject]:
    """Return all manifests in the store by when it got them: the clock of a writer may have been wrong. Some
    stores tell the time to the second; within one, the keys have the order.
    """
    return sorted(
        get_storage().list(MANIFESTS), key=lambda stored: (stored.modified, stored.key), reverse=True
    )


def has_come(stored: StoredObject) -> bool:
    """Whether the store got the manifest at a time that is not still to come."""
    return stored.modified <= timezone.now() + SKEW


def of_the_future() -> Iterator[tuple[str, str]]:
    """Yield the key of each manifest that a clock says is still to come, and a sentence that says so."""
    for stored in newest_first():
        written = manifest_time(stored.key)
        if max(written, stored.modified) > timezone.now() + SKEW:
            yield (
                stored.key,
                f"{stored.key} is of the future: written {written:%Y-%m-%d %H:%M}, stored "
                f"{stored.modified:%Y-%m-%d %H:%M} UTC. A clock was ahead then, or is behind now.",
            )


def begun_at(name: str, said: datetime) -> datetime:
    """Return when the manifest was begun: as it says, unless that is after the store got it, or to come."""
    arrived = [stored.modified for stored in newest_first() if stored.key == name]
    return min([said, timezone.now(), *arrived])


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """Open the manifest with this key, or in this file. Raises NotAManifest, OSError or StorageError."""
    if not is_key(name):
        with open(name, "rb") as file:
            yield file
        return
    with copied(name) as copy:
        if copy.digest != key_digest(name):
            raise NotAManifest(f"The manifest {name} is damaged; name an older one.")
        yield copy.file
