"""Names for images that hold within one share and nowhere else, from which nobody learns the ids; and text
that says nothing to whoever carries it from one page to the next.
"""

import hashlib
import uuid
from functools import lru_cache
from uuid import UUID

from django.utils.crypto import salted_hmac

ROUNDS = 4  # of a Feistel network: as good as random to whoever asks both ways (Luby and Rackoff, 1988)
HALF = 8  # bytes
TAG = 16  # bytes, before sealed text: another text has another keystream


class Pseudonyms:
    """Names each id by another, and seals text, in a way that only the library's key and the `secret` undo
    together.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def of(self, pk: UUID) -> UUID:
        """Return the name of an id."""
        left, right = pk.bytes[:HALF], pk.bytes[HALF:]
        for number in range(ROUNDS):
            left, right = right, _xor(left, self._mix(number, right))
        return uuid.UUID(bytes=left + right)

    def undo(self, name: UUID) -> UUID:
        """Return the id that has this name; of any other what is nobody's id."""
        left, right = name.bytes[:HALF], name.bytes[HALF:]
        for number in reversed(range(ROUNDS)):
            left, right = _xor(right, self._mix(number, left)), left
        return uuid.UUID(bytes=left + right)

    def sealed(self, text: str) -> str:
        """Return `text` as nobody reads it: it tells its length, and whether it is the same. A signature
        around it keeps others from altering it.
        """
        data = text.encode()
        tag = self._key("tag", data)[:TAG]
        return (tag + _xor(data, self._stream(tag, len(data)))).hex()

    def opened(self, sealed: str) -> str:
        """Return the text that `sealed` returned this for."""
        data = bytes.fromhex(sealed)
        tag, data = data[:TAG], data[TAG:]
        return _xor(data, self._stream(tag, len(data))).decode()

    def _stream(self, tag: bytes, length: int) -> bytes:
        return hashlib.shake_256(self._key("stream", tag)).digest(length)

    def _key(self, use: str, of: bytes) -> bytes:
        key = self._secret.encode() + of
        return salted_hmac(f"images.pseudonyms.{use}", key, algorithm="sha256").digest()

    def _mix(self, number: int, half: bytes) -> bytes:
        return _digest(self._secret, number, half)


@lru_cache(maxsize=4096)
def _digest(secret: str, number: int, half: bytes) -> bytes:
    mixed = salted_hmac("images.pseudonyms", b"%d" % number + half + secret.encode(), algorithm="sha256")
    return mixed.digest()[:HALF]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
