"""The one grammar of keys. Every key ends in the SHA-256 of its content, so no object ever changes.

key        ::=  original | rendition | manifest
original   ::=  digest                              the bytes of an image as they were uploaded
rendition  ::=  "renditions/" digest                the bytes of an image derived from one
manifest   ::=  "manifests/" time "-" digest        the catalogue as it was at that time
digest     ::=  64 hexadecimal digits in lowercase
time       ::=  UTC like 20261123T071955Z, by the clock of whoever wrote the manifest
"""

import re
from datetime import UTC, datetime

from storage.errors import InvalidKey

RENDITIONS = "renditions/"
MANIFESTS = "manifests/"
FOLDERS = ("", RENDITIONS, MANIFESTS)  # originals have none

_KEY = re.compile(rf"(?:{RENDITIONS}|{MANIFESTS}[0-9]{{8}}T[0-9]{{6}}Z-)?([0-9a-f]{{64}})")


def rendition_key(digest: str) -> str:
    """Return the key of the rendition with this SHA-256 in hex."""
    return RENDITIONS + digest


def manifest_key(created_at: datetime, digest: str) -> str:
    """Return the key of the manifest begun at this aware time, with this SHA-256 in hex."""
    return f"{MANIFESTS}{created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest}"


def manifest_time(key: str) -> datetime:
    """Return when the manifest under `key` was begun, to the second, by the clock of its writer."""
    name = key.removeprefix(MANIFESTS)
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def is_key(text: str) -> bool:
    """Return whether `text` is the key of an object."""
    return _KEY.fullmatch(text) is not None


def is_original(key: str) -> bool:
    """Return whether this key is an original's."""
    return split_key(key)[0] == ""


def key_digest(key: str) -> str:
    """Return the SHA-256, in hex, that the content under `key` has. Raises InvalidKey."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise InvalidKey(f"Not an object key: {key!r}.")
    return match[1]


def split_key(key: str) -> tuple[str, str]:
    """Return the folder of a key, or of the beginning of one, with its slash; and the name in that folder."""
    folder, slash, name = key.rpartition("/")
    return folder + slash, name
