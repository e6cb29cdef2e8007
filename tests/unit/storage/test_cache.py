"""VerifiedCache: the contract in front of a folder, and what only a cache can show."""

import contextlib
import errno
import io
import os
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from storage import deadline, eviction
from storage.backend import ObjectReader
from storage.bulkhead import Bulkhead
from storage.cache import MAX_IN_MEMORY, VerifiedCache
from storage.errors import CorruptObject, ObjectNotFound, StorageUnavailable
from storage.fetching import Fetch
from storage.local_backend import LocalStorageBackend
from tests.contracts.storage_backend import ABSENT, StorageContract, key_of, put
from tests.servers.machine import until

THREADS = 16


class CountingOrigin(LocalStorageBackend):
    """A folder that counts its opens, may wait in them, and may hand out other bytes."""

    def __init__(self, root):
        super().__init__(root)
        self.opens = 0
        self.gate = None  # an Event that opens wait for
        self.alter = lambda content: content

    def open_unverified(self, key):
        self.opens += 1
        if self.gate:
            assert self.gate.wait(10)
        with super().open_unverified(key) as reader:
            content = self.alter(reader.read())
        return ObjectReader(io.BytesIO(content).read, lambda: None, len(content))


@pytest.fixture
def origin(tmp_path):
    origin = CountingOrigin(tmp_path / "objects")
    origin.prepare()
    return origin


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def cache(origin, folder):
    return VerifiedCache(origin, folder, max_bytes=10**9, threads=THREADS)


def cached(folder) -> set[str]:
    """Return the names of the files in the cache folder."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


class TestVerifiedCache(StorageContract):
    @pytest.fixture(params=[10**9, 200_000, 0], ids=["large", "small", "none"])
    def backend(self, request, origin, folder):
        return VerifiedCache(origin, folder, max_bytes=request.param, threads=THREADS)

    @pytest.fixture
    def unavailable(self, tmp_path, folder):
        origin = CountingOrigin(tmp_path / "never prepared")
        return VerifiedCache(origin, folder, max_bytes=10**9, threads=THREADS)


def test_a_hit_asks_the_origin_for_nothing(cache, origin):
    key = put(cache, b"popular")
    for _ in range(3):
        assert cache.get(key) == b"popular"
    assert origin.opens == 1


def test_what_is_handed_out_is_a_seekable_file(cache):
    key = put(cache, b"0123456789")
    for _ in ("miss", "hit"):
        with cache.open(key) as file:
            file.seek(4)
            assert file.read(3) == b"456"
            assert os.fstat(file.fileno()).st_size == 10


def test_only_the_draft_that_was_written_is_published(cache, origin, folder):
    key = put(cache, b"whole")

    def taken_away(content: bytes) -> bytes:
        for draft in folder.rglob("*.part"):
            draft.unlink()
            draft.write_bytes(b"half")  # another's
        return content

    origin.alter = taken_away
    assert cache.get(key) == b"whole"
    origin.alter = lambda content: content
    assert cache.get(key) == b"whole"


def test_originals_and_renditions_of_the_same_bytes_share_a_file(cache, origin, folder):
    original, rendition = put(cache, b"same"), put(cache, b"same", "renditions/")
    assert cache.get(original) == cache.get(rendition) == b"same"
    assert origin.opens == 1


def test_100_concurrent_misses_are_one_fetch(cache, origin):
    key = put(cache, b"wanted by all")
    origin.gate = threading.Event()
    with ThreadPoolExecutor(100) as pool:
        answers = [pool.submit(cache.get, key) for _ in range(100)]
        origin.gate.set()
        assert {answer.result() for answer in answers} == {b"wanted by all"}
    assert origin.opens == 1


def test_two_caches_on_one_folder_share_a_fetch(cache, origin, folder):
    """Two processes have nothing in common but the folder, and neither have two caches."""
    key = put(cache, b"wanted by two")
    other = VerifiedCache(origin, folder, max_bytes=10**9, threads=THREADS)
    origin.gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(each.get, key) for each in (cache, other)]
        origin.gate.set()
        assert [answer.result() for answer in answers] == [b"wanted by two"] * 2
    assert origin.opens == 1


def test_waiters_share_the_error(cache, origin):
    origin.gate = threading.Event()
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(cache.get, ABSENT) for _ in range(20)]
        while not cache._fetches:
            os.sched_yield()
        origin.gate.set()
        errors = [answer.exception() for answer in answers]
    assert {type(error) for error in errors} == {ObjectNotFound}


@pytest.mark.parametrize(
    "alter",
    [
        lambda content: content[:-1],
        lambda content: content + b"!",
        lambda content: b"\x00" + content[1:],
        lambda content: b"",
    ],
    ids=["short", "long", "flipped", "nothing"],
)
@pytest.mark.parametrize("verb", ["get", "open"])
def test_altered_bytes_never_leave_it(cache, origin, folder, alter, verb):
    key = put(cache, b"as it was sent")
    origin.alter = alter
    with pytest.raises(CorruptObject):
        getattr(cache, verb)(key)
    assert cached(folder) == set()

    origin.alter = lambda content: content
    assert cache.get(key) == b"as it was sent"


@pytest.mark.parametrize("damage", [b"as it was SENT", b"", b"as it was sent, and more"])
def test_a_file_damaged_in_the_folder_is_fetched_again(cache, origin, folder, damage):
    key = put(cache, b"as it was sent")
    cache.get(key)
    (folder / key[:2] / key).write_bytes(damage)
    assert cache.get(key) == b"as it was sent"
    assert VerifiedCache(origin, folder, 10**9, THREADS).get(key) == b"as it was sent"
    assert origin.opens == 2


def test_a_new_process_checks_what_it_finds(cache, origin, folder):
    key = put(cache, b"as it was sent")
    cache.get(key)
    path = folder / key[:2] / key
    facts = path.stat()
    path.write_bytes(b"as it was SENT")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # a disk does not say that it forgot
    assert VerifiedCache(origin, folder, 10**9, THREADS).get(key) == b"as it was sent"


def test_it_stays_within_its_bytes(origin, folder):
    cache = VerifiedCache(origin, folder, max_bytes=10_000, threads=THREADS)
    keys = [put(cache, bytes([number]) * 1000) for number in range(30)]
    for key in keys:
        cache.get(key)
        assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 10_000
    assert cached(folder) <= set(keys[-10:])
    assert keys[-1] in cached(folder)


def test_the_least_recently_used_go_first(origin, folder):
    cache = VerifiedCache(origin, folder, max_bytes=10_000, threads=THREADS)
    keys = [put(cache, bytes([number]) * 1000) for number in range(11)]
    for age, key in enumerate(keys[:10]):
        cache.get(key)
        path = folder / key[:2] / key
        os.utime(path, ns=(time.time_ns() - (3600 + age) * 10**9, path.stat().st_mtime_ns))
    cache.get(keys[9])  # the oldest, used again
    cache.get(keys[10])
    assert keys[9] in cached(folder)
    assert keys[8] not in cached(folder)


def test_eviction_never_breaks_a_reader(origin, folder):
    cache = VerifiedCache(origin, folder, max_bytes=1000, threads=THREADS)
    key = put(cache, b"r" * 900)
    with cache.open(key) as file:
        cache.get(put(cache, b"e" * 900))
        assert key not in cached(folder)
        assert file.read() == b"r" * 900


def test_with_no_bytes_it_keeps_nothing_and_verifies_all_the_same(origin, folder):
    cache = VerifiedCache(origin, folder, max_bytes=0, threads=THREADS)
    key = put(cache, b"passing through")
    assert cache.get(key) == b"passing through"
    assert cached(folder) == set()
    origin.alter = lambda content: b"passing by"
    with pytest.raises(CorruptObject):
        cache.get(key)


def opened_for(folder) -> list[str]:
    """Return the files below `folder` that this process has open, those without a name too."""
    links = []
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # closed since
            links.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return [link for link in links if link.startswith(str(folder))]


@pytest.mark.parametrize("max_bytes", [0, 10**9])
def test_twelve_callers_of_one_key_share_the_file_and_read_it_each_for_itself(origin, folder, max_bytes):
    cache = VerifiedCache(origin, folder, max_bytes, threads=THREADS)
    key = put(cache, bytes(range(120)))
    origin.gate = threading.Event()
    together = threading.Barrier(12)

    def read(number: int) -> bytes:
        with cache.open(key) as file:
            file.seek(10 * number)
            together.wait(10)
            return file.read(10)

    with ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(read, number) for number in range(12)]
        while cache._bulkhead._waiting < 12:
            os.sched_yield()
        origin.gate.set()
        assert b"".join(answer.result() for answer in answers) == bytes(range(120))
    assert origin.opens == 1
    assert opened_for(folder) == []


def test_what_a_killed_process_left_is_written_over(cache, folder):
    key = put(cache, b"whole")
    (folder / key[:2]).mkdir(parents=True)
    (folder / key[:2] / f"{key}.part").write_bytes(b"half of something much longer")
    assert cache.get(key) == b"whole"
    assert cached(folder) == {key}


def test_what_killed_processes_left_is_swept(cache, folder):
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / f"{ABSENT}.part").write_bytes(b"half")
    key = put(cache, b"the first fetch sweeps")
    cache.get(key)
    assert cached(folder) == {key}


def test_a_fetch_under_way_is_not_swept(cache, origin, folder):
    slow, quick = put(cache, b"slow"), put(cache, b"quick")
    origin.gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(cache.get, slow)
        while not origin.opens:  # by then it holds the lock
            os.sched_yield()
        gate, origin.gate = origin.gate, None
        other = VerifiedCache(origin, folder, max_bytes=10**9, threads=THREADS)
        other.get(quick)
        assert f"{slow}.part" in cached(folder)
        gate.set()
        assert answer.result() == b"slow"
    assert cached(folder) == {slow, quick}


class TestForgetting:
    """What a machine keeps of objects goes when it is not wanted any more. The store is left alone."""

    @pytest.fixture
    def kept(self, cache, folder) -> list[str]:
        """The keys of three objects, each with a copy of an hour ago."""
        keys = [put(cache, content) for content in (b"one", b"two", b"three")]
        for key in keys:
            cache.get(key)
            self.age(folder / key[:2] / key, 3600)
        return keys

    @staticmethod
    def age(path, seconds: float) -> None:
        os.utime(path, (time.time(), time.time() - seconds))

    @staticmethod
    def minutes_ago(minutes: float) -> datetime:
        return datetime.now(UTC) - timedelta(minutes=minutes)

    def test_what_is_not_wanted_goes_and_all_else_stays(self, cache, folder, kept):
        wanted = {kept[0], "f" * 64}
        assert cache.forget_copies(wanted.intersection, self.minutes_ago(10)) == 2
        assert cached(folder) == {kept[0]}
        assert [cache.get(key) for key in kept] == [b"one", b"two", b"three"]

    def test_what_came_just_now_stays_and_is_not_asked_about(self, cache, folder, kept):
        self.age(folder / kept[0][:2] / kept[0], 60)
        asked = []
        cache.forget_copies(lambda names: set(asked.extend(names) or ()), self.minutes_ago(10))
        assert set(asked) == set(kept[1:])
        assert cached(folder) == {kept[0]}

    def test_what_is_of_the_future_is_no_newcomer(self, cache, folder, kept):
        self.age(folder / kept[0][:2] / kept[0], -3600)
        cache.forget_copies(lambda names: set(), self.minutes_ago(10))
        assert cached(folder) == set()

    def test_many_are_asked_about_in_pieces(self, cache, folder, kept, monkeypatch):
        monkeypatch.setattr(eviction, "BATCH", 2)
        asked = []
        cache.forget_copies(lambda names: set(asked.append(len(names)) or names), self.minutes_ago(10))
        assert asked == [2, 1]
        assert cached(folder) == set(kept)

    def test_nothing_goes_when_nobody_can_tell(self, cache, folder, kept):
        def cannot_tell(names):
            raise ConnectionError("the database is away")

        with pytest.raises(ConnectionError):
            cache.forget_copies(cannot_tell, self.minutes_ago(10))
        assert cached(folder) == set(kept)

    def test_a_reader_that_has_it_open_reads_to_the_end(self, cache, folder, kept):
        with cache.open(kept[0]) as reader:
            cache.forget_copies(lambda names: set(), self.minutes_ago(10))
            assert cached(folder) == set()
            assert reader.read() == b"one"

    def test_half_files_of_killed_processes_go_too(self, cache, folder, kept):
        (folder / "ab").mkdir(exist_ok=True)
        (folder / "ab" / f"{ABSENT}.part").write_bytes(b"half")
        cache.forget_copies(set(kept).intersection, self.minutes_ago(10))
        assert cached(folder) == set(kept)

    def test_a_fetch_under_way_is_left_alone(self, cache, origin, folder, kept):
        key = put(cache, b"slow")
        origin.gate = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(cache.get, key)
            until(lambda: origin.opens > len(kept))  # by then it holds the lock
            cache.forget_copies(lambda names: set(), self.minutes_ago(10))
            assert cached(folder) == {f"{key}.part"}
            origin.gate.set()
            assert answer.result() == b"slow"
        assert cached(folder) == {key}

    def test_a_folder_of_objects_has_no_copies(self, origin):
        key = put(origin, b"the only one")
        assert origin.forget_copies(lambda names: set(), datetime.now(UTC)) == 0
        assert origin.get(key) == b"the only one"


class TestFullDisk:
    @pytest.fixture
    def full(self, monkeypatch, folder):
        """Let the folder take only so many bytes in all."""

        def full(limit: int) -> None:
            def copy(fetch, reader, sink, digest):
                used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
                fetch.length = reader.length
                if not isinstance(sink, io.BytesIO) and used + reader.length > limit:
                    raise OSError(errno.ENOSPC, "No space left on device")
                real_copy(fetch, reader, sink, digest)

            real_copy = Fetch.copy
            monkeypatch.setattr(Fetch, "copy", copy)

        return full

    def test_it_evicts(self, cache, folder, full):
        first, second = put(cache, b"a" * 800), put(cache, b"b" * 800)
        cache.get(first)
        full(1000)
        assert cache.get(second) == b"b" * 800
        assert cached(folder) == {second}

    def test_it_evicts_before_a_length_is_known(self, cache, folder, monkeypatch):
        first, second = put(cache, b"a" * 800), put(cache, b"b" * 800)
        cache.get(first)
        claimed = Fetch.claimed

        def claim(fetch, draft):
            if cached(folder):
                raise OSError(errno.ENOSPC, "No space left on device")
            return claimed(fetch, draft)

        monkeypatch.setattr(Fetch, "claimed", claim)
        assert cache.get(second) == b"b" * 800
        assert cached(folder) == {second}

    def test_small_objects_are_verified_in_memory(self, cache, origin, folder, full):
        key = put(cache, b"small")
        full(0)
        assert cache.get(key) == b"small"
        assert cached(folder) == set()
        origin.alter = lambda content: b"other"
        with pytest.raises(CorruptObject):
            cache.get(key)

    def test_large_objects_are_an_error(self, cache, folder, full):
        key = put(cache, b"x" * (MAX_IN_MEMORY + 1))
        full(0)
        with pytest.raises(StorageUnavailable):
            cache.get(key)
        assert cached(folder) == set()

    def test_where_the_folder_takes_nothing_it_says_so(self, cache, folder):
        assert cache.degradation() == ""
        shutil.rmtree(folder)
        folder.touch()
        assert cache.degradation() == "The cache folder takes nothing: File exists."
        folder.unlink()
        assert cache.degradation() == ""
        assert cached(folder) == set()


class TestUnwritableFolder:
    @pytest.fixture
    def second(self, tmp_path, monkeypatch):
        """The folder for temporary files."""
        second = tmp_path / "second"
        second.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(second))
        return second

    @pytest.fixture
    def cache(self, origin, tmp_path):
        (tmp_path / "file").touch()
        return VerifiedCache(origin, tmp_path / "file" / "cache", max_bytes=10**9, threads=THREADS)

    @pytest.mark.parametrize("size", [5, MAX_IN_MEMORY + 1], ids=["small", "large"])
    def test_every_object_is_verified_all_the_same(self, cache, origin, second, size):
        key = put(cache, b"x" * size)
        assert cache.get(key) == b"x" * size
        origin.alter = lambda content: b"y" + content[1:]
        with pytest.raises(CorruptObject):
            cache.get(key)
        assert list(second.iterdir()) == opened_for(second) == []

    def test_a_large_one_is_a_seekable_file_for_each_caller(self, cache, second):
        key = put(cache, b"0123" + b"x" * MAX_IN_MEMORY)
        with cache.open(key) as file:
            file.seek(2)
            assert file.read(3) == b"23x"
            assert os.fstat(file.fileno()).st_size == MAX_IN_MEMORY + 4

    def test_without_a_second_folder_large_objects_are_an_error(self, cache, second):
        key = put(cache, b"x" * (MAX_IN_MEMORY + 1))
        second.rmdir()
        with pytest.raises(StorageUnavailable):
            cache.get(key)


class TestOnce:
    """What is opened once, as for a download of many: nothing that others use makes room for it."""

    @pytest.mark.parametrize("size", [5, MAX_IN_MEMORY + 1], ids=["small", "large"])
    def test_it_is_verified_and_not_kept(self, cache, origin, folder, size):
        key = put(cache, b"x" * size)
        for opens in (1, 2):
            with cache.open_once(key) as file:
                assert file.read() == b"x" * size
                file.seek(1)
                assert file.read(2) == b"xx"
            assert origin.opens == opens
        assert cached(folder) == set()
        origin.alter = lambda content: b"y" + content[1:]
        with pytest.raises(CorruptObject):
            cache.open_once(key)
        assert opened_for(folder) == []

    def test_what_is_kept_is_not_fetched_again(self, cache, origin, folder):
        key = put(cache, b"kept")
        assert cache.get(key) == b"kept"
        with cache.open_once(key) as file:
            assert file.read() == b"kept"
        assert origin.opens == 1

    def test_a_large_one_waits_in_the_folder_whose_disk_is_meant_for_it(self, cache, folder, monkeypatch):
        key = put(cache, b"x" * (MAX_IN_MEMORY + 1))
        monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
        with cache.open_once(key) as file:
            assert file.read(1) == b"x"

    def test_who_wants_it_kept_meanwhile_has_it_too(self, cache, origin):
        key, origin.gate = put(cache, b"shared"), threading.Event()
        with ThreadPoolExecutor() as threads:
            once = threads.submit(lambda: cache.open_once(key).read())
            until(lambda: origin.opens)
            kept = threads.submit(cache.get, key)
            origin.gate.set()
            assert once.result(10) == kept.result(10) == b"shared"
        assert cache.get(key) == b"shared"


class TestDeadline:
    @pytest.fixture(autouse=True)
    def short(self, monkeypatch):
        monkeypatch.setattr(deadline, "BASE_SECONDS", 0.2)

    def test_a_store_that_never_answers_holds_nobody_past_it(self, cache, origin, folder):
        key = put(cache, b"late")
        origin.gate = threading.Event()
        with pytest.raises(StorageUnavailable):
            cache.get(key)
        origin.gate.set()
        while cache._fetches:
            os.sched_yield()
        cache._fetchers.shutdown()
        assert opened_for(folder) == []

    def test_another_process_that_never_finishes_holds_nobody_past_it(self, cache, origin, folder):
        key = put(cache, b"late")
        origin.gate = threading.Event()
        other = VerifiedCache(origin, folder, max_bytes=10**9, threads=THREADS)
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(each.get, key) for each in (cache, other)]
            assert {type(answer.exception()) for answer in answers} == {StorageUnavailable}
        origin.gate.set()

    def test_every_mebibyte_that_came_is_a_second_more_and_an_announced_one_is_not(self):
        fetch = Fetch(Bulkhead(1), length=10**13)
        assert fetch.deadline.seconds_left <= 0.2
        fetch.received(3 * 2**20)
        assert 3.0 < fetch.deadline.seconds_left <= 3.2

    def test_a_fetch_whose_turn_comes_too_late_asks_for_nothing(self, cache, origin):
        held = [put(cache, b"%d" % number) for number in range(THREADS)]
        key = put(cache, b"late")
        origin.gate = threading.Event()
        with ThreadPoolExecutor(THREADS + 1) as pool:
            answers = [pool.submit(cache.get, each) for each in [*held, key]]
            assert {type(answer.exception()) for answer in answers} == {StorageUnavailable}
        origin.gate.set()
        while cache._fetches:
            os.sched_yield()
        assert origin.opens == THREADS


def test_a_file_in_the_cache_is_gone_with_its_object(cache, folder):
    key = put(cache, b"short-lived")
    cache.get(key)
    cache.delete(key)
    assert cached(folder) == set()
    with pytest.raises(ObjectNotFound):
        cache.get(key)


def test_key_of_is_the_name_in_the_folder(cache, folder):
    cache.get(put(cache, b"named"))
    assert cached(folder) == {key_of(b"named")}


def test_what_is_opened_unverified_is_not_the_cached_copy(cache, origin):
    key = put(cache, b"good")
    assert cache.get(key) == b"good"
    origin._path(key).write_bytes(b"evil")
    with cache.open_unverified(key) as reader:
        assert reader.read() == b"evil"


def test_any_backend_can_be_the_origin(tmp_path):
    origin = LocalStorageBackend(tmp_path / "objects")
    origin.prepare()
    cache = VerifiedCache(origin, tmp_path / "cache", max_bytes=10**9, threads=THREADS)
    assert cache.get(put(cache, b"plain")) == b"plain"
