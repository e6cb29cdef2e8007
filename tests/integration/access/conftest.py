"""The library of the access table, made once: each question undoes what it changes."""

import pytest
from django.test import override_settings

from images.http import limits
from storage import get_storage
from tests.integration.access.library import undone
from tests.integration.access.making import build

QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("access") / "data"


@pytest.fixture(scope="module")
def library(folder, django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        override_settings(
            IMAGELIB_DATA_DIR=folder,
            IMAGELIB_STORAGE="local",
            IMAGELIB_LOCATIONS="ask",
            PASSWORD_HASHERS=QUICK,
        ),
        undone(),
    ):
        get_storage.cache_clear()
        get_storage().prepare()
        library = build()
        assert library.unchanged
        yield library
    get_storage.cache_clear()


@pytest.fixture(autouse=True)
def no_limits(monkeypatch):
    """Nobody is taken for one who guesses, though all come from one address."""
    for name in ("MISSES_PER_MINUTE", "RENDERS_PER_HOUR"):
        monkeypatch.setattr(limits, name, 10**6)


@pytest.fixture(autouse=True)
def data_dir(settings, folder):
    """The folder of the module's library: not an empty one for each test."""
    settings.IMAGELIB_DATA_DIR = folder
    settings.IMAGELIB_STORAGE = "local"
    settings.IMAGELIB_LOCATIONS = "ask"
    settings.PASSWORD_HASHERS = QUICK
    get_storage.cache_clear()
    get_storage().prepare()
    yield folder
    get_storage.cache_clear()
