"""What every storage backend does, byte for byte.

A subclass named Test… supplies two fixtures: `backend`, prepared and empty, and `unavailable`, a backend
whose store cannot answer, parametrized with the ways in which that happens.
"""

import hashlib
import io
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from storage.backend import StoredObject
from storage.errors import CorruptObject, InvalidKey, ObjectNotFound, StorageError, StorageUnavailable

THREADS = 20


def key_of(content: bytes) -> str:
    """Return the key of an original with this content."""
    return hashlib.sha256(content).hexdigest()


def put(backend, content: bytes, kind: str = "") -> str:
    """Store `content` and return its key; `kind` is what the key starts with."""
    key = kind + key_of(content)
    backend.put(key, io.BytesIO(content), "image/png")
    return key


ABSENT = key_of(b"never stored")

INVALID_KEYS = [
    "",
    "tmp",
    ABSENT[:-1],
    ABSENT + "0",
    ABSENT.upper(),
    ABSENT + "\n",
    "/" + ABSENT,
    "../" + ABSENT,
    "originals/" + ABSENT,
    "renditions/../" + ABSENT,
    "manifests/" + ABSENT,
    "manifests/2026-11-23-" + ABSENT,
    "manifests/٢٠٢٦١١٢٣T٠٧١٩٥٥Z-" + ABSENT,  # noqa: RUF001 (digits, but not ASCII ones)
]

VERBS = {
    "put": lambda backend: put(backend, b"content"),
    "open": lambda backend: backend.open(ABSENT),
    "get": lambda backend: backend.get(ABSENT),
    "open_once": lambda backend: backend.open_once(ABSENT),
    "open_unverified": lambda backend: backend.open_unverified(ABSENT),
    "exists": lambda backend: backend.exists(ABSENT),
    "delete": lambda backend: backend.delete(ABSENT),
    "list": lambda backend: next(backend.list(), None),
    "check": lambda backend: backend.check(),
}


class StorageContract:
    def test_it_returns_the_bytes_that_were_put(self, backend):
        content = bytes(range(256)) * 5
        key = put(backend, content)

        assert backend.get(key) == content
        for opening in (backend.open, backend.open_once):
            with opening(key) as reader:
                assert reader.read() == content

    def test_it_keeps_an_empty_object(self, backend):
        key = put(backend, b"")

        assert backend.exists(key)
        assert backend.get(key) == b""
        assert [(stored.key, stored.size) for stored in backend.list()] == [(key, 0)]

    def test_it_keeps_60_megabytes(self, backend):
        content = random.Random(60).randbytes(60 * 10**6)
        key = put(backend, content)

        received = io.BytesIO()
        with backend.open(key) as reader:
            shutil.copyfileobj(reader, received)
        assert received.getvalue() == content
        assert backend.get(key) == content

    def test_it_serves_20_threads_at_once(self, backend):
        shared = random.Random(0).randbytes(300_000)
        shared_key = put(backend, shared)

        def work(number: int) -> bool:
            own = random.Random(number + 1).randbytes(100_000)
            return backend.get(put(backend, own)) == own and backend.get(shared_key) == shared

        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(work, range(THREADS))) == [True] * THREADS
        assert len(list(backend.list())) == THREADS + 1

    def test_20_threads_may_store_the_same_object_at_once(self, backend):
        content = random.Random(0).randbytes(300_000)

        with ThreadPoolExecutor(THREADS) as pool:
            keys = list(pool.map(lambda number: put(backend, content), range(THREADS)))
        assert backend.get(keys[0]) == content
        assert [stored.key for stored in backend.list()] == [keys[0]]

    def test_it_reads_the_whole_file_and_leaves_it_open(self, backend):
        file = io.BytesIO(b"read from the start")
        file.seek(5)
        backend.put(key_of(b"read from the start"), file, "image/png")

        assert not file.closed
        assert backend.get(key_of(b"read from the start")) == b"read from the start"

    def test_it_accepts_the_same_object_again(self, backend):
        assert put(backend, b"twice") == put(backend, b"twice")
        assert backend.get(key_of(b"twice")) == b"twice"

    def test_it_refuses_content_that_is_not_what_the_key_says(self, backend):
        with pytest.raises(CorruptObject):
            backend.put(ABSENT, io.BytesIO(b"something else"), "image/png")
        assert not backend.exists(ABSENT)
        assert list(backend.list()) == []

    def test_a_refused_put_leaves_the_stored_object_as_it_was(self, backend):
        key = put(backend, b"good")
        with pytest.raises(CorruptObject):
            backend.put(key, io.BytesIO(b"evil"), "image/png")
        assert backend.get(key) == b"good"

    def test_it_opens_what_it_holds_for_others_to_verify(self, backend):
        key = put(backend, bytes(range(256)) * 5)
        with backend.open_unverified(key) as reader:
            assert reader.read() == bytes(range(256)) * 5

    def test_sweeping_leaves_every_object(self, backend):
        keys = {put(backend, b"original"), put(backend, b"rendition", "renditions/")}
        assert backend.sweep(datetime.now(UTC) + timedelta(days=1)) == 0
        assert {stored.key for stored in backend.list()} == keys

    @pytest.mark.parametrize("verb", ["open", "get", "open_once", "open_unverified"])
    def test_a_missing_object_is_not_found(self, backend, verb):
        with pytest.raises(ObjectNotFound):
            VERBS[verb](backend)

    def test_it_knows_what_exists(self, backend):
        assert backend.exists(ABSENT) is False
        assert backend.exists(put(backend, b"here")) is True

    def test_it_deletes(self, backend):
        key = put(backend, b"gone soon")
        backend.delete(key)

        assert not backend.exists(key)
        with pytest.raises(ObjectNotFound):
            backend.get(key)

    def test_deleting_an_absent_object_succeeds(self, backend):
        backend.delete(ABSENT)

    def test_it_lists_key_size_and_time_in_key_order(self, backend):
        before = datetime.now(UTC) - timedelta(seconds=2)  # stores keep whole seconds, some by another clock
        contents = [b"x" * size for size in range(12)]
        keys = [put(backend, content) for content in contents]

        listed = list(backend.list())
        assert [stored.key for stored in listed] == sorted(keys)
        assert {stored.key: stored.size for stored in listed} == {key_of(c): len(c) for c in contents}
        for stored in listed:
            assert isinstance(stored, StoredObject)
            assert stored.modified.tzinfo is UTC
            assert before <= stored.modified <= datetime.now(UTC) + timedelta(seconds=2)

    def test_it_lists_manifests_by_their_time(self, backend):
        times = [f"2026{month:02}01T000000Z" for month in range(12, 0, -1)]
        keys = [put(backend, b"manifest", f"manifests/{time}-") for time in times]
        assert [stored.key for stored in backend.list("manifests/")] == keys[::-1]

    @pytest.mark.parametrize("prefix", ["", "renditions/", "manifests/2026", "a"])
    def test_an_empty_store_lists_nothing(self, backend, prefix):
        assert list(backend.list(prefix)) == []

    def test_it_lists_by_any_prefix_of_the_key(self, backend):
        original = put(backend, b"original")
        rendition = put(backend, b"rendition", "renditions/")
        older = put(backend, b"older", "manifests/20261123T071955Z-")
        newer = put(backend, b"newer", "manifests/20261124T000000Z-")

        def keys(prefix: str) -> list[str]:
            return [stored.key for stored in backend.list(prefix)]

        assert keys("") == [original, older, newer, rendition]
        assert keys("renditions/") == [rendition]
        assert keys(rendition[:14]) == [rendition]
        assert keys("manifests/") == keys("man") == [older, newer]
        assert keys("manifests/20261124") == [newer]
        assert keys(original[:1]) == keys(original[:5]) == keys(original) == [original]
        assert keys("../") == keys("nothing/") == keys(original + "/") == []

    @pytest.mark.parametrize("kind", ["", "renditions/", "manifests/20261123T071955Z-"])
    def test_every_kind_of_key_is_stored_under_its_own_name(self, backend, kind):
        key = put(backend, b"same content, own key", kind)

        assert backend.get(key) == b"same content, own key"
        assert [stored.key for stored in backend.list()] == [key]
        backend.delete(key)
        assert not backend.exists(key)

    @pytest.mark.parametrize("key", INVALID_KEYS)
    def test_it_refuses_any_other_key(self, backend, key):
        with pytest.raises(InvalidKey):
            backend.put(key, io.BytesIO(b""), "image/png")
        opening = (backend.open, backend.open_once, backend.open_unverified)
        for verb in (*opening, backend.get, backend.exists, backend.delete):
            with pytest.raises(InvalidKey):
                verb(key)

    def test_a_reader_is_read_once_and_closed(self, backend):
        key = put(backend, b"0123456789")
        with backend.open(key) as reader:
            assert reader.readable()
            assert not reader.writable()
            assert b"".join(iter(lambda: reader.read(4), b"")) == b"0123456789"
            assert reader.read(4) == b""
        assert reader.closed
        with pytest.raises(ValueError, match="closed"):
            reader.read(4)

    def test_readers_left_halfway_hurt_nobody(self, backend):
        key = put(backend, b"abc" * 100_000)
        for _ in range(THREADS + 5):
            with backend.open(key) as reader:
                reader.read(10)
        assert backend.get(key) == b"abc" * 100_000

    def test_preparing_again_changes_nothing(self, backend):
        key = put(backend, b"kept")
        backend.prepare()
        backend.check()
        assert backend.get(key) == b"kept"

    def test_an_unavailable_store_is_an_error_for_every_verb(self, unavailable):
        def outcome(verb: str) -> StorageError | None:
            try:
                VERBS[verb](unavailable)
            except StorageError as error:
                return error

        with ThreadPoolExecutor(len(VERBS)) as pool:
            outcomes = dict(zip(VERBS, pool.map(outcome, VERBS), strict=True))

        assert [verb for verb in VERBS if not isinstance(outcomes[verb], StorageUnavailable)] == []
        assert {str(error) for error in outcomes.values()} == {"The store cannot be used now."}
        # What the SDK or the system said is not chained to it, for a traceback to print.
        assert all(error.__suppress_context__ or not error.__context__ for error in outcomes.values())
