"""Names for images that hold within one share and nowhere else: from these nobody learns the ids."""

import uuid
from functools import lru_cache
from uuid import UUID

from django.utils.crypto import salted_hmac

ROUNDS = 4  # of a Feistel network: as good as random to whoever asks both ways (Luby and Rackoff, 1988)
HALF = 8  # bytes


class Pseudonyms:
    """Names each id by another in a way that only the library's key and the `secret` together undo."""

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

    def _mix(self, number: int, half: bytes) -> bytes:
        return _digest(self._secret, number, half)


@lru_cache(maxsize=4096)
def _digest(secret: str, number: int, half: bytes) -> bytes:
    mixed = salted_hmac("images.pseudonyms", b"%d" % number + half + secret.encode(), algorithm="sha256")
    return mixed.digest()[:HALF]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
