"""The errors of a storage. No other error leaves this package.

    StorageError
    ├── ObjectNotFound       nothing is stored under the key
    ├── StorageUnavailable   the store is unreachable, refuses us or broke off: what it holds is unknown
    │   ├── StorageAway      nobody answers there: the log says when that began, and when it ends
    │   └── StorageFull      it says that there is no room for what was to be kept; what it has it gives
    ├── CorruptObject        bytes that differ from their key or checksum, or were not stored whole
    └── InvalidKey           not a key this library makes: a mistake in the program, not a state of the store

A message names no host, bucket, folder, credential or SDK. The log of `storage` has the words of the SDK or
the operating system, with credentials removed.
"""


class StorageError(Exception):
    """Base of everything a storage raises."""


class ObjectNotFound(StorageError):
    """Nothing is stored under the key."""


class StorageUnavailable(StorageError):
    """The store is unreachable, refuses us or broke off. Trying again later may help."""


class StorageAway(StorageUnavailable):
    """Nobody answers there. The log says when that began, not what each caller meets meanwhile."""


class StorageFull(StorageUnavailable):
    """The store says that it has no room, or that a quota is used up. Somebody has to make room."""


class CorruptObject(StorageError):
    """Bytes differ from their key or their checksum, or were not stored whole."""


class InvalidKey(StorageError):
    """Not a key that this library makes."""
