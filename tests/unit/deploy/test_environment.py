"""Variables that are given as files."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagelib.environment import Environment, file_of
from tests import BASE_DIR
from tests.servers.application import UNSET


@pytest.fixture
def env(tmp_path, monkeypatch):
    """Return a function that makes an environment, where NAME_FILE names a file of `content`."""

    def env(content: bytes, **others: str) -> Environment:
        (tmp_path / "value").write_bytes(content)
        monkeypatch.setattr(Environment, "ENVIRON", {"NAME_FILE": str(tmp_path / "value"), **others})
        return Environment()

    return env


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"secret", "secret"),
        (b"secret\n", "secret"),
        (b" se cret \n\n", " se cret \n"),  # nothing else is dropped
        (b"$ecret", "$ecret"),  # names no other variable
        ("gehe\u00efm".encode(), "gehe\u00efm"),
        (b"", ""),
    ],
)
def test_the_value_is_what_is_in_the_file(env, content, value):
    assert env(content)("NAME", default="other") == value


def test_it_is_read_as_any_other_is(env):
    assert env(b"12\n").int("NAME", default=1) == 12
    assert env(b"true\n").bool("NAME", default=False) is True
    assert env(b"postgres://user:pass@db/name\n").db("NAME")["PASSWORD"] == "pass"


def test_of_two_values_none_is_guessed(env):
    with pytest.raises(ImproperlyConfigured, match="Only one of NAME and NAME_FILE may be set"):
        env(b"secret", NAME="other")("NAME")
    assert env(b"secret", NAME="")("NAME") == "secret"  # as compose hands on what is unset


def test_what_cannot_be_read_is_named_and_not_told(env):
    with pytest.raises(ImproperlyConfigured) as refused:
        env(b"\xffsecret")("NAME")
    assert str(refused.value) == "NAME_FILE names a file that is no text."
    assert refused.value.__cause__ is None


def test_a_file_that_no_variable_names_is_none():
    assert file_of("NAME", {"NAME_FILE": ""}) is None
    assert file_of("NAME", {}) is None


def test_every_secret_may_be_in_a_file(tmp_path):
    secrets = {
        "IMAGELIB_SECRET_KEY": "a key to sign with",
        "IMAGELIB_ADMIN_PASSWORD": "$ome password",
        "AWS_ACCESS_KEY_ID": "an id",
        "AWS_SECRET_ACCESS_KEY": "a secret",
        "DATABASE_URL": "postgres://user:pa%24s@db:5432/name",
        "EMAIL_URL": "smtp://user:word@mail.example.org",
    }
    environment = os.environ | UNSET | {"IMAGELIB_DATA_DIR": str(tmp_path)}
    for name, secret in secrets.items():
        (tmp_path / name).write_text(f"{secret}\n")
        environment |= {name: "", f"{name}_FILE": str(tmp_path / name)}
    script = (
        "from django.conf import settings as s; s3 = s.IMAGELIB_S3; print([s.SECRET_KEY, "
        "s.IMAGELIB_ADMIN_PASSWORD, s3['access_key'], s3['secret_key'], s.DATABASES['default']['PASSWORD'], "
        "s.EMAIL_HOST_PASSWORD])"
    )
    shown = subprocess.check_output(
        [sys.executable, "-c", script],
        cwd=BASE_DIR,
        env=environment | {"DJANGO_SETTINGS_MODULE": "imagelib.settings"},
        text=True,
    )
    assert shown.strip() == str([*list(secrets.values())[:4], "pa$s", "word"])
