"""A variable that cannot be meant is one sentence that names it, before anything is done."""

import os
import subprocess
import sys

import pytest

from tests import BASE_DIR
from tests.servers.application import UNSET


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "abc", "PORT must be a whole number."),
        ("IMAGELIB_TRUSTED_PROXIES", "-1", "IMAGELIB_TRUSTED_PROXIES must be a whole number."),
        ("IMAGELIB_PUBLIC_URL", "https://*", "must be an origin"),
        ("IMAGELIB_PUBLIC_URL", "https://.example.org", "must be an origin"),
        ("IMAGELIB_MAX_UPLOAD_BYTES", "1 GiB", "IMAGELIB_MAX_UPLOAD_BYTES must be a whole number."),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL must begin with postgres:// or sqlite:///."),
        ("IMAGELIB_STORAGE", "ftp", "IMAGELIB_STORAGE must be 'local' or 's3'."),
        ("IMAGELIB_STORAGE", "s3", "so IMAGELIB_S3_BUCKET_NAME must name the bucket."),
        ("IMAGELIB_DEFAULT_VISIBILITY", "open", "must be 'public' or 'private'."),
        ("IMAGELIB_PUBLIC_URL", "images.example.org", "must be an origin such as https://images.example.org"),
        ("IMAGELIB_PUBLIC_URL", "https://example.org/images", "must be an origin"),
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
