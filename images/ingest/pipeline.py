"""ingest: the one way an image enters the library."""

import unicodedata
from dataclasses import dataclass, replace
from typing import IO, NamedTuple, Unpack

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from images.catalogue import storing
from images.catalogue.access import AnyUser, may_delete
from images.catalogue.history import recorded
from images.catalogue.publishing import Location, entering, is_stripped
from images.catalogue.tags import set_tags
from images.catalogue.trash import restore
from images.concurrency.locks import key_lock
from images.errors import DigestMismatch, InTrash, Unstrippable
from images.http.room import require_room
from images.imaging.formats import FORMATS, MAX_FILENAME_LENGTH
from images.imaging.inspection import INSPECTION_VERSION, ImageFacts
from images.imaging.sandbox import inspect_image
from images.ingest.files import measure, stripped
from images.ingest.outcomes import counted
from images.ingest.words import Described, described_by
from images.models import ASKED_FOR, Image, Purged, default_visibility
from images.models.figure import enter
from images.renditions.prerendering import prepare_for_gallery
from storage import get_storage

WITHOUT = gettext_noop("The file said where it was taken, so its metadata was taken out.")
UNCHANGED = gettext_noop(
    "The file says where it was taken, and that cannot be taken out without loss: the image is private."
)
KNOWN_WITHOUT = gettext_noop("The library has this file already, without its metadata.")
KNOWN_WITH = gettext_noop("The library has this file already, as it is: with where it was taken.")


class Ingested(NamedTuple):
    """The image that came of a file, whether it is new, and a sentence if something was not done as asked."""

    image: Image
    is_new: bool
    notice: str = ""


@dataclass(frozen=True)
class _Sent:
    """A file, its digest and size, and what was said with it. It may enter in the place of another file, of
    which `source_hash` is the digest.
    """

    file: IO[bytes]
    digest: str
    size: int
    filename: str
    user: AnyUser | None
    location: str
    described: Described
    source_hash: str | None = None

    @property
    def visibility(self) -> str:
        return self.described.get("visibility") or default_visibility()


@counted
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
    policy, else it is private. Where one of them says to strip it, the file without its metadata enters in
    its place, and `sha256` and whether it is known are still about the file as it was sent.

    Raises RefusedFile, Busy, DigestMismatch, InTrash, or StorageError. Bytes first, row second: whatever is
    raised and wherever the process dies, no row is left without its object.
    """
    digest, size = measure(file)
    if sha256 and sha256.lower() != digest:
        raise DigestMismatch("The file that arrived does not have the SHA-256 that was sent with it.")
    require_room(size)
    sent = _Sent(file, digest, size, filename, uploaded_by, location, described)
    known = known_image(digest, location)
    was_stripped = known is not None and known.hash != digest
    if known and was_stripped and (there := _known_stripped(known, sent)):
        return there
    entered: Ingested | None
    with key_lock(digest):
        if known := Image.objects.filter(hash=digest).first():
            entered = _return(known, sent)
        else:
            facts = inspect_image(file)
            to_strip = was_stripped or is_stripped(facts.has_location, sent.visibility, location)
            entered = None if to_strip else _take(sent, facts)
    # Without the lock: nobody waits for a second one while holding a first.
    return entered or _enter_stripped(sent, facts)


def known_image(digest: str, location: str = "") -> Image | None:
    """Return the image of a file with this digest, if the library has it: as it was sent, or stripped of its
    metadata, and rather so for who says `strip`. Who says `keep` means the file itself.
    """
    if not Image.objects.filter(Q(hash=digest) | Q(source_hash=digest)).exists():  # as is most often so
        return None
    whole = Image.objects.filter(hash=digest)
    if location == Location.KEEP:
        return whole.first()
    without = Image.objects.filter(source_hash=digest).order_by(F("deleted_at").asc(nulls_first=True), "pk")
    first, second = (without, whole) if location == Location.STRIP else (whole, without)
    return first.first() or second.first()


def is_at_hand(image: Image) -> bool:
    """Whether to send the file of this known image again would change nothing: it is outside the trash, and
    its object is there. Raises StorageError.
    """
    return image.deleted_at is None and _is_whole(image)


def _is_whole(image: Image) -> bool:
    """Whether the store has the object, and verifystorage did not find it damaged."""
    return image.verified_at is not None and get_storage().exists(image.storage_key)


def _known_stripped(image: Image, sent: _Sent) -> Ingested | None:
    """Return `image`, made of the same file before; None when it or its object is lost, to be made again."""
    with key_lock(image.hash):
        known = Image.objects.filter(pk=image.pk).first()
        if known is None or not _is_whole(known):
            return None
        notice = _welcome_back(known, sent)
    return Ingested(known, False, notice or ("" if sent.location else _(KNOWN_WITHOUT)))


def _enter_stripped(sent: _Sent, facts: ImageFacts) -> Ingested:
    """Bring in what was sent without its metadata, which the row keeps. By policy alone, one that cannot be
    stripped enters as it is and private.
    """
    try:
        with stripped(sent.file, sent.size, facts) as copy:
            instead = replace(
                sent, file=copy.file, digest=copy.digest, size=copy.size, source_hash=sent.digest
            )
            notice = "" if sent.location else _(WITHOUT)
            return _enter(instead, replace(facts, has_location=False, frames=copy.frames), notice)
    except Unstrippable:
        if sent.location:
            raise
    return _enter(sent, facts, _(UNCHANGED))


def _enter(sent: _Sent, facts: ImageFacts, notice: str) -> Ingested:
    with key_lock(sent.digest):
        known = Image.objects.filter(hash=sent.digest).first()
        entered = _return(known, sent) if known else _take(sent, facts)
    return entered._replace(notice=notice) if entered.is_new else entered


def _return(known: Image, sent: _Sent) -> Ingested:
    """Return the image that the file is already. The caller has its lock."""
    notice = _welcome_back(known, sent, sent.file)
    if sent.location == Location.STRIP and known.has_location:
        notice = notice or _(KNOWN_WITH)
    return Ingested(known, False, notice)


def _take(sent: _Sent, facts: ImageFacts) -> Ingested:
    """Return the image that becomes of the file. The caller has its lock."""
    sent.file.seek(0)
    storing.put(sent.digest, sent.file, facts.mime_type)
    image, notice = _create_row(sent, facts)
    return Ingested(image, True, notice)


def _welcome_back(image: Image, sent: _Sent, file: IO[bytes] | None = None) -> str:
    """Have the known `image` out of the trash and its object whole; return what is not as was asked.

    Out of the trash it comes with the stricter visibility: who uploads it as private publishes nothing.

    The object is put, from `file` if there is one, without asking what is there: to find out whether it is
    damaged costs as much.
    """
    if image.deleted_at and sent.user and not may_delete(sent.user, image):
        raise InTrash("This image is in the trash. An editor can restore it.")
    if file:
        file.seek(0)
        storing.put(image.storage_key, file, image.mime_type)
        was_lost = image.verified_at is None
        image.verified_at = timezone.now()
        if was_lost:  # what could not be read of it is read by the next inspection
            image.inspection_version = ASKED_FOR
        image.save(update_fields=["verified_at", *["inspection_version"] * was_lost])
    if not image.deleted_at:
        return ""
    with transaction.atomic(), recorded(sent.user, [image.pk]):
        return restore(image, sent.visibility, sent.location)


def _create_row(sent: _Sent, facts: ImageFacts) -> tuple[Image, str]:
    """Return the new image, and what of it is not as was asked."""
    filename = clean_filename(sent.filename, facts.mime_type)
    shown, notice = entering(facts.has_location, sent.visibility, sent.location)
    values = vars(facts) | described_by(facts, filename, sent.described) | shown
    tags = values.pop("tags")
    with transaction.atomic(durable=True):  # refuses to be part of a longer one, open during storage calls
        Purged.objects.filter(hash=sent.digest).delete()  # it came in again
        image = Image.objects.create(
            hash=sent.digest,
            source_hash=sent.source_hash,
            size=sent.size,
            **values,
            inspection_version=INSPECTION_VERSION,
            verified_at=timezone.now(),  # put compares the digest with the key
            filename=filename,
            uploaded_by=sent.user if sent.user and sent.user.is_authenticated else None,
        )
        if tags:
            set_tags(image, tags)
        enter(image)
        prepare_for_gallery.enqueue(str(image.pk))
    return image, notice


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
