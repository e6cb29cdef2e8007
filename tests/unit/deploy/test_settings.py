"""A variable that cannot be meant is one sentence that names it, before anything is done."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from imagelib.secret_key import secret_key
from tests import BASE_DIR
from tests.servers.application import UNSET


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "abc", "PORT must be a whole number."),
        ("IMAGELIB_TRUSTED_PROXIES", "-1", "IMAGELIB_TRUSTED_PROXIES must be a whole number."),
        ("WEB_CONCURRENCY", "0", "WEB_CONCURRENCY must be a whole number, 1 or more."),
        ("IMAGELIB_THREADS", "1", "IMAGELIB_THREADS must be a whole number, 2 or more."),
        (
            "IMAGELIB_SECRET_KEY_FILE",
            "/nowhere/key",
            "_KEY_FILE names no file that can be read: No such",
        ),
        ("DATABASE_URL_FILE", "/", "DATABASE_URL_FILE names no file that can be read: Is a directory."),
        ("IMAGELIB_PUBLIC_URL", "https://*", "must be an origin"),
        ("IMAGELIB_PUBLIC_URL", "https://.example.org", "must be an origin"),
        ("IMAGELIB_MAX_UPLOAD_BYTES", "1 GiB", "IMAGELIB_MAX_UPLOAD_BYTES must be a whole number."),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL must begin with postgres:// or sqlite:///."),
        ("IMAGELIB_STORAGE", "ftp", "IMAGELIB_STORAGE must be 'local' or 's3'."),
        ("IMAGELIB_STORAGE", "s3", "so IMAGELIB_S3_BUCKET_NAME must name the bucket."),
        ("IMAGELIB_DEFAULT_VISIBILITY", "open", "must be 'public', 'unlisted' or 'private'."),
        ("IMAGELIB_GALLERY", "everyone", "must be 'public' or 'members'."),
        ("IMAGELIB_LOG_FORMAT", "xml", "must be 'text' or 'json'."),
        ("IMAGELIB_LOCATIONS", "always", "must be 'ask', 'strip' or 'keep'."),
        ("EMAIL_URL", "mail.example.org", "EMAIL_URL must be such as smtp+tls://user:password@mail"),
        ("EMAIL_URL", "smtps://mail.example.org", "with smtp+tls, smtp+ssl or smtp."),  # of two meanings
        ("EMAIL_URL", "smtp+tls://:587", "EMAIL_URL must be such as"),
        ("EMAIL_URL", "smtp://mail.example.org:x", "EMAIL_URL must be such as"),
        ("IMAGELIB_PUBLIC_URL", "images.example.org", "must be an origin such as https://images.example.org"),
        ("IMAGELIB_PUBLIC_URL", "https://example.org/images", "must be an origin"),
        ("IMAGELIB_PUBLIC_URL", "https://example.org:x", "must be an origin"),
        ("IMAGELIB_CDN_PURGE", "varnish:6081", "IMAGELIB_CDN_PURGE must be origins such as http://127.0.0.1"),
        ("IMAGELIB_CDN_PURGE", "http://127.0.0.1:6081,", "must be origins"),
        ("IMAGELIB_CDN_PURGE", "http://a.example, http://user:word@b.example", "must be origins"),
        ("IMAGELIB_CDN_PURGE", "http://a.example:70000", "must be origins"),
    ],
)
def test_a_variable_that_cannot_be_meant_is_named(tmp_path, variable, value, sentence):
    environment = os.environ | UNSET | {"IMAGELIB_DATA_DIR": str(tmp_path), variable: value}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "public_url", "told"),
    [
        (
            "smtp+tls://library%40example.org:p%40ss@mail.example.org",
            "",
            ("mail.example.org", 587, "library@example.org", "p@ss", True, False, "library@example.org"),
        ),
        (
            "smtp+ssl://library:pass@mail.example.org/?from=Pictures%20%3Cno-reply@example.org%3E",
            "",
            ("mail.example.org", 465, "library", "pass", False, True, "Pictures <no-reply@example.org>"),
        ),
        (
            "smtp://127.0.0.1:2525",
            "https://images.example.org",
            ("127.0.0.1", 2525, "", "", False, False, "imagelib@images.example.org"),
        ),
    ],
)
def test_the_server_for_mail_is_read_from_one_url(tmp_path, url, public_url, told):
    environment = os.environ | UNSET | {"IMAGELIB_DATA_DIR": str(tmp_path), "EMAIL_URL": url}
    names = ["HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL"]
    script = (
        "from django.conf import settings; from django.core.mail import get_connection; "
        f"print([getattr(settings, 'EMAIL_' + name) or '' for name in {names}], "
        "[settings.DEFAULT_FROM_EMAIL], get_connection().timeout, settings.SENDS_EMAIL)"
    )
    shown = subprocess.check_output(
        [sys.executable, "manage.py", "shell", "-v0", "-c", script],
        cwd=BASE_DIR,
        env=environment | {"IMAGELIB_PUBLIC_URL": public_url, "IMAGELIB_TRUSTED_PROXIES": "1"},
        text=True,
    )
    *server, sender = told
    assert shown.strip() == f"{[part or '' for part in server]} {[sender]} 10 True"


def test_the_secret_key_is_made_once_and_kept_to_oneself(tmp_path):
    environment = os.environ | UNSET | {"IMAGELIB_DATA_DIR": str(tmp_path / "data")}
    show = [sys.executable, "manage.py", "shell", "-v0", "-c"]
    show.append("from django.conf import settings; print(settings.SECRET_KEY)")
    keys = {subprocess.check_output(show, cwd=BASE_DIR, env=environment, text=True).strip() for _ in range(2)}
    (key,) = keys
    assert len(key) >= 50
    path = tmp_path / "data" / "secret_key"
    assert path.read_text() == key
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("remains", [None, b"", b"\n", bytes(64)], ids=["none", "empty", "a line", "zeroes"])
def test_processes_that_start_at_once_agree_on_one_key(tmp_path, remains):
    """Whatever a power cut left of a key that was not on disk yet."""
    for number in range(20):
        folder = tmp_path / str(number)
        if remains is not None:
            folder.mkdir()
            (folder / "secret_key").write_bytes(remains)
        with ThreadPoolExecutor(8) as starts:
            keys = set(starts.map(secret_key, [folder] * 8))
        (key,) = keys
        assert len(key) >= 50
        assert [path.name for path in folder.iterdir()] == ["secret_key"]
        assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_secret_key_is_on_disk_before_it_has_its_name_and_its_name_before_it_signs(tmp_path, monkeypatch):
    done = []

    def noted(call):
        def wrapper(what, *args):
            name = os.readlink(f"/proc/self/fd/{what}") if call.__name__ == "fsync" else what
            content = None if Path(name).is_dir() else Path(name).read_text()
            done.append((call.__name__, Path(name).name, content))
            return call(what, *args)

        return wrapper

    for call in (os.fsync, os.link):
        monkeypatch.setattr(os, call.__name__, noted(call))
    key = secret_key(tmp_path / "data")
    draft = done[0][1]
    assert done == [("fsync", draft, key), ("link", draft, key), ("fsync", "data", None)]
