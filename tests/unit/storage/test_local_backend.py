"""LocalStorageBackend: the contract, and what only a folder can show."""

import errno
import hashlib
import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from storage.errors import CorruptObject, StorageFull, StorageUnavailable
from storage.local_backend import LocalStorageBackend
from tests.contracts.storage_backend import StorageContract, key_of, put


@pytest.fixture
def root(tmp_path):
    return tmp_path / "library" / "objects"


@pytest.fixture
def backend(root):
    backend = LocalStorageBackend(root)
    backend.prepare()
    return backend


def files_below(root) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


class TestLocalStorage(StorageContract):
    @pytest.fixture(params=["never prepared", "emptied", "a file in its place"])
    def unavailable(self, request, root):
        if request.param == "emptied":  # what is left when the disk behind it is not mounted
            root.mkdir(parents=True)
        if request.param == "a file in its place":
            root.parent.mkdir()
            root.touch()
        return LocalStorageBackend(root)


def test_objects_are_sharded_by_the_start_of_their_name(backend, root):
    key = put(backend, b"sharded")
    rendition = put(backend, b"sharded", "renditions/")

    shard = f"{key[:2]}/{key[2:4]}/{key}"
    assert files_below(root) == sorted([shard, f"renditions/{shard}"])
    assert rendition == f"renditions/{key}"


def test_folders_and_files_are_private(backend, root):
    key = put(backend, b"private")
    path = root / key[:2] / key[2:4] / key

    assert path.stat().st_mode & 0o777 == 0o600
    for folder in [root.parent, root, root / "tmp", path.parent, path.parent.parent]:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_foreign_and_temporary_files_are_not_listed(backend, root):
    key = put(backend, b"ours")
    other = key_of(b"in the wrong place")
    for path in ["README", other, f"tmp/{other}", f"00/{other}", f"00/00/{other}x", f"zz/zz/{other}"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()

    assert [stored.key for stored in backend.list()] == [key]


def test_an_object_deleted_during_a_listing_is_left_out(backend):
    keys = sorted(put(backend, content, "manifests/20261123T071955Z-") for content in (b"1", b"2"))
    listing = backend.list()
    next(listing)
    backend.delete(keys[1])

    assert list(listing) == []


def test_a_listing_never_leaves_the_folder(backend, root, monkeypatch):
    visited, real_scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: visited.append(path) or real_scandir(path))

    assert list(backend.list("../")) == []
    assert {str(path) for path in visited} == {str(root / "tmp")}


def test_a_folder_that_cannot_be_read_is_an_error_not_an_empty_listing(backend, monkeypatch):
    put(backend, b"hidden")
    real_scandir = os.scandir

    def scandir(path):
        if len(os.path.basename(path)) == 2:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real_scandir(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(StorageUnavailable):
        list(backend.list())


def test_putting_again_repairs_a_damaged_object(backend, root):
    key = put(backend, b"healthy")
    (root / key[:2] / key[2:4] / key).write_bytes(b"damaged")
    put(backend, b"healthy")

    assert backend.get(key) == b"healthy"


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_leaves_nothing_behind(backend, root, monkeypatch, caplog, failing, reason):
    def refuse(*args):
        raise OSError(reason, os.strerror(reason), str(root))

    monkeypatch.setattr(os, failing, refuse)
    with pytest.raises(StorageUnavailable) as raised:
        put(backend, b"content")

    assert isinstance(raised.value, StorageFull) == (reason in (errno.ENOSPC, errno.EDQUOT))
    assert files_below(root) == []
    assert str(root) not in str(raised.value)
    assert os.strerror(reason) in caplog.text


def test_the_object_is_on_disk_before_it_has_its_name_and_its_name_before_put_returns(
    backend, root, monkeypatch
):
    steps = []
    fsync, replace = os.fsync, os.replace

    def record_fsync(descriptor):
        steps.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    def record_replace(source, target):
        steps.append((str(source), str(target)))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    key = put(backend, b"durable")

    shard = root / key[:2] / key[2:4]
    temporary = steps[0]
    assert temporary.startswith(str(root / "tmp"))
    assert steps[1:] == [
        str(root),
        str(shard.parent),
        (temporary, str(shard / key)),
        str(shard),
    ]


def test_a_failing_disk_is_an_unavailable_store(backend, root):
    key = put(backend, b"on a failing disk")
    path = root / key[:2] / key[2:4] / key
    path.unlink()
    path.symlink_to("/proc/self/mem")  # opens well, and its first byte cannot be read: EIO

    with pytest.raises(StorageUnavailable):
        backend.open(key)


@pytest.mark.parametrize("damage", [b"", b"health", b"healthY", b"healthy and more"])
@pytest.mark.parametrize("opened_before", [False, True])
def test_damage_on_disk_is_never_handed_out(backend, root, damage, opened_before):
    key = put(backend, b"healthy")
    if opened_before:
        assert backend.get(key) == b"healthy"
    (root / key[:2] / key[2:4] / key).write_bytes(damage)
    with pytest.raises(CorruptObject):
        backend.get(key)


def test_a_file_is_hashed_once_until_it_changes(backend, root, monkeypatch):
    key = put(backend, b"healthy")
    path = root / key[:2] / key[2:4] / key
    hashed, digest = [], hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *args: hashed.append(1) or digest(*args))
    for _ in range(3):
        assert backend.get(key) == b"healthy"
    assert len(hashed) == 1

    os.utime(path)
    assert backend.get(key) == b"healthy"
    assert len(hashed) == 2


def test_what_is_opened_unverified_is_what_the_folder_holds_now(backend, root):
    key = put(backend, b"good")
    assert backend.get(key) == b"good"
    facts = (root / key[:2] / key[2:4] / key).stat()
    (root / key[:2] / key[2:4] / key).write_bytes(b"evil")
    os.utime(root / key[:2] / key[2:4] / key, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    assert backend.get(key) == b"evil"  # inode, size and time are those of the file that was hashed
    with backend.open_unverified(key) as reader:
        assert reader.read() == b"evil"


def test_sweeping_removes_what_a_killed_put_left(backend, root):
    key = put(backend, b"whole")
    for name, age in (("old", 7200), ("young", 0)):
        (root / "tmp" / name).write_bytes(b"half a")
        os.utime(root / "tmp" / name, (time.time() - age,) * 2)

    assert backend.sweep(datetime.now(UTC) - timedelta(hours=1)) == 1
    assert files_below(root) == sorted([f"{key[:2]}/{key[2:4]}/{key}", "tmp/young"])
