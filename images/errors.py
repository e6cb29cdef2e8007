"""Everything the library refuses or fails with. What each becomes over HTTP, http/problems.py says.

    Exception
    ├── RefusedFile              the file is not taken into the library
    │   ├── UnsupportedFormat      not a format of the table
    │   ├── InvalidImage           of a format of the table, but it does not decode
    │   ├── ImageTooLarge          too many bytes, pixels or frames
    │   └── Unstrippable           its metadata cannot be taken out without loss
    ├── DigestMismatch           other bytes arrived than were sent
    ├── LocationUndecided        it says where it was taken, and nobody said whether to tell that
    ├── Conflict                 others changed meanwhile what this would change
    ├── InTrash                  the bytes are known, and in the trash
    ├── InvalidSpec              not an image request of IIIF, or not for this image
    ├── InvalidCursor            not the place of a page in this list
    ├── InvalidSearch            the text is none of the search language
    ├── InvalidParameter         a parameter of the address has a value that it cannot have
    ├── PreconditionFailed       the bytes are not the version that was asked for
    ├── RangeNotSatisfiable      the bytes end before the range that was asked for
    ├── Unrenderable             the image was inspected, and this cannot be drawn of it
    ├── Busy                     what is needed was in use for too long: trying again later helps
    │   └── NoRoom                 a disk is nearly full: somebody has to make room
    ├── Undelivered              another server did not take what a background task had for it
    ├── Uncounted                a count could not be kept, so nobody is refused for it
    ├── NotAManifest             the file is no whole manifest
    ├── NotNewest                a backup made now would not be the newest
    └── InUse                    a restoration found more than a first start makes

The text of each is a sentence for the person who asked, and names nothing of the storage. What a storage
fails with is in storage/errors.py.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType


class RefusedFile(Exception):
    """The file is not taken into the library."""


class UnsupportedFormat(RefusedFile):
    """The file is in no format of the table."""


class InvalidImage(RefusedFile):
    """The file claims a format of the table and does not decode as one."""


class ImageTooLarge(RefusedFile):
    """The file has more bytes, pixels or frames than a limit allows."""


class Unstrippable(RefusedFile):
    """The file without its metadata would not be the same picture, or cannot be made."""


class LocationUndecided(Exception):
    """The image says where it was taken: who publishes it says whether with that, or a copy without."""


class DigestMismatch(Exception):
    """The bytes that arrived do not have the SHA-256 that the sender gave."""


class Conflict(Exception):
    """Others changed meanwhile what this would change: theirs stays."""


class InTrash(Exception):
    """The image is in the trash, and this person may not take it out."""


class InvalidSpec(Exception):
    """The text is no image request that the standard allows, or none for this image."""


class InvalidCursor(Exception):
    """The text is no cursor of this library, or one of another list."""


class InvalidSearch(Exception):
    """The text is none of the search language: what is wrong at `offset`, in characters from its start.

    `message` is the sentence before its `parameters` are put in, so that a page can say it in a language.
    """

    def __init__(self, message: str, offset: int = 0, **parameters: str | int) -> None:
        super().__init__(message.format(**parameters))
        self.message, self.offset, self.parameters = message, offset, parameters


class InvalidParameter(Exception):
    """A parameter of the address has none of the values that it may have: of several the sentences on each
    are in `errors`, and `offset` is the place of what is wrong with a search.
    """

    def __init__(
        self,
        message: str,
        errors: Mapping[str, Sequence[str]] = MappingProxyType({}),
        offset: int | None = None,
    ) -> None:
        super().__init__(message)
        self.errors, self.offset = errors, offset


class PreconditionFailed(Exception):
    """The request asked for another version of the bytes than there is (RFC 9110, 13.1.1)."""


class RangeNotSatisfiable(Exception):
    """The range asked for has no byte in common with the `size` bytes there are (RFC 9110, 15.5.17)."""

    def __init__(self, size: int):
        super().__init__(f"The file has {size} bytes, none of which are in the range asked for.")
        self.size = size


class Unrenderable(Exception):
    """What was asked of an image cannot be drawn: it fails, or takes more than a child has, or kills it."""


class Busy(Exception):
    """What the request needs was in use for longer than a request waits. Trying again later helps."""


class NoRoom(Busy):
    """A disk would have less than its reserve after this upload."""


class Undelivered(Exception):
    """A server did not take what a background task had for it: a mail, or word that an image is hidden."""


class Uncounted(Exception):
    """A count could not be kept: its file or table is locked, full or away."""


class NotAManifest(Exception):
    """The file is no whole manifest of a version that is known here."""


class NotNewest(Exception):
    """A manifest written now would not be the newest: some clock is wrong."""


class InUse(Exception):
    """The library that is to be restored has people or images beyond those of a first start."""
