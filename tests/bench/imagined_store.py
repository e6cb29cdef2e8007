"""A store that has what the rows of a population refer to, and keeps only manifests."""

import hashlib
import io
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

from images.iiif.requests import RenditionSpec
from images.imaging.inspection import ImageFacts
from images.maintenance import verification
from images.models import Image, Rendition
from images.renditions import prerendering
from storage import get_storage, local_backend
from storage.backend import ObjectReader, StorageBackend, StoredObject
from storage.keys import MANIFESTS, RENDITIONS, key_digest, rendition_key

BATCH = 10_000
WRITTEN = datetime(2023, 1, 1, tzinfo=UTC)


class ImaginedStore(StorageBackend):
    """Manifests are files of `folder`. All else is said by the rows."""

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def put(self, key: str, file: IO[bytes], content_type: str) -> None:
        file.seek(0)
        with self._path(key).open("wb") as copy:
            shutil.copyfileobj(file, copy)

    def open(self, key: str) -> BinaryIO:
        return self.open_unverified(key)

    def open_unverified(self, key: str) -> ObjectReader:
        if key.startswith(MANIFESTS):
            file = self._path(key).open("rb")
            return ObjectReader(file.read, file.close, self._path(key).stat().st_size)
        data = self._said(key).encode()
        return ObjectReader(io.BytesIO(data).read, lambda: None, len(data))

    def _said(self, key: str) -> str:
        """Return the text that the digest in the key is of, see population.py."""
        digest = key_digest(key)
        if key.startswith(RENDITIONS):
            original, spec = Rendition.objects.values_list("image__hash", "spec").get(hash=digest)
            return f"{original} {spec}"
        filename = Image.objects.values_list("filename", flat=True).get(hash=digest)
        return str(int(filename.partition("_")[2].partition(".")[0]))

    def exists(self, key: str) -> bool:
        return not key.startswith(MANIFESTS) or self._path(key).exists()

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        if not prefix:
            yield from (StoredObject(digest, size, WRITTEN) for digest, size in _listed(Image))
        if prefix in ("", MANIFESTS):
            for path in sorted(self._folder.iterdir()):
                facts = path.stat()
                moment = datetime.fromtimestamp(facts.st_mtime, UTC)
                yield StoredObject(f"{MANIFESTS}{path.name}", facts.st_size, moment)
        if prefix in ("", RENDITIONS):
            for digest, size in _listed(Rendition):
                yield StoredObject(rendition_key(digest), size, WRITTEN)

    def prepare(self) -> None:
        return

    def check(self) -> None:
        return

    def _path(self, key: str) -> Path:
        return self._folder / key.removeprefix(MANIFESTS)


def _listed(model: type[Image] | type[Rendition]) -> Iterator[tuple[str, int]]:
    rows = model._default_manager.order_by("hash").values_list("hash", "size")
    last = ""
    while batch := list(rows.filter(hash__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1][0]


def imagine(folder: Path) -> None:
    """Have this process use such a store, decode nothing and draw nothing."""

    def decode(file: IO[bytes]) -> ImageFacts | None:
        hashlib.sha256(file.read())
        return None

    def missing(image: Image, specs: Iterator[RenditionSpec]) -> list[RenditionSpec]:
        list(image.renditions.values_list("spec", flat=True))
        return []

    local_backend.LocalStorageBackend = lambda root: ImaginedStore(folder)
    get_storage.cache_clear()
    verification._decode = decode
    prerendering.find_missing = missing
    prerendering.sandbox.pool.grow = lambda jobs: None
