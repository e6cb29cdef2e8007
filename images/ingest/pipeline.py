"""ingest: the one way an image enters the library."""

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import IO, Any, NamedTuple, Unpack

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from images.catalogue.access import AnyUser, may_delete
from images.catalogue.publishing import entering
from images.catalogue.trash import restore
from images.concurrency.locks import key_lock
from images.errors import DigestMismatch, InTrash
from images.http.room import require_room
from images.imaging.formats import FORMATS, MAX_FILENAME_LENGTH, too_many_bytes
from images.imaging.inspection import ImageFacts
from images.imaging.sandbox import inspect_image
from images.ingest.words import Described, described_by
from images.models import Image, Purged, default_visibility
from images.renditions.prerendering import prepare_for_gallery
from storage import get_storage

CHUNK = 2**20


class Ingested(NamedTuple):
    """The image that came of a file, whether it is new, and a sentence if something was not done as asked."""

    image: Image
    is_new: bool
    notice: str = ""


def ingest(
    file: IO[bytes],
    *,
    filename: str,
    uploaded_by: AnyUser | None = None,
    sha256: str = "",
    location: str = "",
    **described: Unpack[Described],
) -> Ingested:
    """Bring the image in `file` (seekable) into the library.

    Known bytes return the image as it is, its object put again; from the trash only for who may delete it
    (without `uploaded_by` nobody is asked), and with the stricter of both visibilities.

    A file that says where it was taken becomes public by `location` (publishing.Location) or the library's
    policy, else it is private.

    Raises RefusedFile, Busy, DigestMismatch, InTrash, or StorageError. Bytes first, row second: whatever is
    raised and wherever the process dies, no row is left without its object.
    """
    digest, size = measure(file)
    if sha256 and sha256.lower() != digest:
        raise DigestMismatch("The file that arrived does not have the SHA-256 that was sent with it.")
    require_room(size)
    visibility = described.get("visibility") or default_visibility()
    with key_lock(digest):
        known = Image.objects.filter(hash=digest).first()
        if known:
            image, notice = known, _welcome_back(known, file, uploaded_by, visibility, location)
        else:
            facts = inspect_image(file)
            file.seek(0)
            get_storage().put(digest, file, facts.mime_type)
            shown, notice = entering(facts.has_location, visibility, location)
            image = _create_row(digest, size, facts, filename, uploaded_by, described | shown)
    prepare_for_gallery(image, file)
    return Ingested(image, not known, notice)


def measure(file: IO[bytes]) -> tuple[str, int]:
    """Return SHA-256 (hex) and size (bytes) of all of `file`. Raises ImageTooLarge past the limit."""
    hasher, size = hashlib.sha256(), 0
    limit = settings.IMAGELIB_MAX_UPLOAD_BYTES
    file.seek(0)
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise too_many_bytes(limit)
        hasher.update(chunk)
    return hasher.hexdigest(), size


def _welcome_back(image: Image, file: IO[bytes], user: AnyUser | None, visibility: str, location: str) -> str:
    """Have the known `image` out of the trash and its object whole; return what is not as was asked.

    Out of the trash it comes with the stricter visibility: who uploads it as private publishes nothing.

    The object is put without asking what is there: to find out whether it is damaged costs as much.
    """
    if image.deleted_at and user and not may_delete(user, image):
        raise InTrash("This image is in the trash. An editor can restore it.")
    file.seek(0)
    get_storage().put(image.storage_key, file, image.mime_type)
    image.verified_at = timezone.now()
    image.save(update_fields=["verified_at"])
    return restore(image, visibility, location) if image.deleted_at else ""


def _create_row(
    digest: str,
    size: int,
    facts: ImageFacts,
    filename: str,
    user: AnyUser | None,
    described: Mapping[str, Any],
) -> Image:
    filename = clean_filename(filename, facts.mime_type)
    values = vars(facts) | described_by(facts, filename, described)
    with transaction.atomic(durable=True):  # refuses to be part of a longer one, open during storage calls
        Purged.objects.filter(hash=digest).delete()  # it came in again
        return Image.objects.create(
            hash=digest,
            size=size,
            **values,
            verified_at=timezone.now(),  # put compares the digest with the key
            filename=filename,
            uploaded_by=user if user and user.is_authenticated else None,
        )


def clean_filename(name: str, mime_type: str) -> str:
    """Return the last part of `name` without control or formatting characters, at most 255 characters long.

    It is shown and offered when saving, and never used as a path. Nothing left: `image.` and the extension.
    """
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    name = name.strip(" .")
    if not name:
        extension = next(f.extension for f in FORMATS.values() if f.mime_type == mime_type)
        return f"image.{extension}"
    if len(name) > MAX_FILENAME_LENGTH:
        _, dot, extension = name.rpartition(".")
        keep = dot + extension if 0 < len(extension) <= 10 else ""
        name = name[: MAX_FILENAME_LENGTH - len(keep)] + keep
    return name
