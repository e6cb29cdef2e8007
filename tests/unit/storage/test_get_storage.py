"""get_storage: what the settings ask for, once per process."""

import os

import pytest

from storage import get_storage
from storage.cache import VerifiedCache
from storage.errors import StorageUnavailable
from storage.local_backend import LocalStorageBackend


def test_the_default_is_a_folder_in_the_data_folder(settings, tmp_path):
    settings.IMAGELIB_STORAGE = "local"
    settings.IMAGELIB_DATA_DIR = tmp_path / "elsewhere"
    get_storage.cache_clear()

    assert isinstance(get_storage(), LocalStorageBackend)
    get_storage().prepare()
    assert (tmp_path / "elsewhere" / "objects").is_dir()


def test_a_bucket_is_used_when_the_settings_name_one_and_not_before_it_is_needed(settings):
    settings.IMAGELIB_STORAGE = "s3"
    settings.IMAGELIB_S3 = {
        "bucket_name": "library",
        "endpoint_url": "http://127.0.0.1:9",
        "region_name": "us-east-1",
        "access_key": "key",
        "secret_key": "secret",
        "max_connections": 4,
    }
    get_storage.cache_clear()

    assert isinstance(get_storage(), VerifiedCache)
    with pytest.raises(StorageUnavailable):
        get_storage().check()


def test_a_process_has_one_backend_and_its_child_another():
    backend = get_storage()
    assert get_storage() is backend

    child = os.fork()
    if child == 0:
        os._exit(1 if get_storage() is backend else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
