"""What backing up, restoring and deleting on purpose leave behind."""

from django.db import models


class Purged(models.Model):
    """Bytes that were deleted on purpose: the tombstone of an image. It outlives the row, in manifests too.

    The later word counts: bytes that came in after `time` are an image again.
    """

    hash = models.CharField(max_length=64, unique=True)
    time = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.hash


class KnownManifest(models.Model):
    """A manifest that this database wrote, or once had rows or tombstones for all of. That stays so: a row
    goes only with a tombstone. A database that does not know the newest one is older than it.
    """

    key = models.CharField(max_length=128, unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Restoration(models.Model):
    """A restoration that was begun. Its end deletes the row, so whoever finds one finds half a library."""

    manifest = models.TextField()  # a key or a path
    begun_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.manifest
