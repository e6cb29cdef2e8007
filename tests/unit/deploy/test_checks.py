"""The system checks: each says in a sentence what would fail, and nothing where all is well."""

import errno
import fcntl
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.core.checks import CheckMessage, run_checks
from PIL import features

from images import apps


@pytest.fixture(autouse=True)
def sqlite(monkeypatch):
    monkeypatch.setattr(apps, "connection", SimpleNamespace(vendor="sqlite"))


@pytest.fixture
def postgresql(sqlite, monkeypatch):
    monkeypatch.setattr(apps, "connection", SimpleNamespace(vendor="postgresql"))


def said() -> list[CheckMessage]:
    """Return what our own checks say."""
    return [message for message in run_checks() if message.id.startswith("imagelib.")]


def the_one(identifier: str) -> CheckMessage:
    """Return the only thing that is said, which is `identifier` and has a hint."""
    (message,) = said()
    assert message.id == identifier
    assert message.is_serious() is identifier.startswith("imagelib.E")
    assert message.msg.endswith(".")
    assert message.hint
    return message


def refuse(file, operation):
    raise OSError(errno.ENOLCK, "No locks available")


def grant(file, operation):
    """Grant every lock, as a file system does that only pretends to."""


def test_nothing_is_said_where_all_is_well(data_dir):
    before = set(data_dir.iterdir())
    assert said() == []
    assert set(data_dir.iterdir()) == before


@pytest.mark.parametrize(
    ("absent", "named"),
    [({"avif"}, "without AVIF,"), ({"webp"}, "without WebP,"), ({"avif", "webp"}, "without WebP and AVIF,")],
)
def test_a_pillow_without_a_format_is_said(monkeypatch, absent, named):
    monkeypatch.setattr(features, "check", lambda name: name not in absent)
    assert named in the_one("imagelib.E001").msg


@pytest.mark.parametrize("flock", [refuse, grant])
def test_a_data_folder_without_locks_is_said(monkeypatch, flock):
    monkeypatch.setattr(fcntl, "flock", flock)
    assert "IMAGELIB_DATA_DIR" in the_one("imagelib.E002").msg


def test_a_data_folder_that_is_not_there_is_made_and_tried(monkeypatch, settings, tmp_path):
    settings.IMAGELIB_DATA_DIR = tmp_path / "new" / "data"
    monkeypatch.setattr(fcntl, "flock", refuse)
    the_one("imagelib.E002")


def test_a_data_folder_that_cannot_be_made_is_for_others_to_say(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.IMAGELIB_DATA_DIR = tmp_path / "file" / "data"
    assert said() == []


def test_a_sqlite_without_the_tokenizer_is_said(monkeypatch):
    monkeypatch.setattr(apps, "TOKENIZER", "tetragram")
    assert "no such tokenizer: tetragram" in the_one("imagelib.E003").msg


@pytest.mark.usefixtures("postgresql")
def test_postgresql_needs_neither_locks_of_files_nor_sqlite(monkeypatch):
    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(apps, "TOKENIZER", "tetragram")
    assert said() == []


def test_a_public_url_without_trusted_proxies_is_said(settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    assert "IMAGELIB_PUBLIC_URL" in the_one("imagelib.W002").msg
    settings.IMAGELIB_TRUSTED_PROXIES = 1
    assert said() == []


def test_a_system_that_cannot_confine_decoders_is_said(monkeypatch):
    monkeypatch.setattr(apps, "missing_confinement", lambda: ["Landlock", "seccomp"])
    assert "This system has no Landlock and no seccomp:" in the_one("imagelib.W003").msg
