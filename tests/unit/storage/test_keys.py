"""The grammar of keys. Which strings are none is part of every backend's contract."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from storage.errors import InvalidKey
from storage.keys import (
    FOLDERS,
    is_key,
    is_original,
    key_digest,
    manifest_key,
    manifest_time,
    rendition_key,
    split_key,
)

DIGEST = "0123456789abcdef" * 4
EVENING = datetime(2026, 11, 22, 20, 19, 55, tzinfo=timezone(timedelta(hours=-11)))

KEYS = [
    (DIGEST, DIGEST, ""),
    (rendition_key(DIGEST), f"renditions/{DIGEST}", "renditions/"),
    (manifest_key(EVENING, DIGEST), f"manifests/20261123T071955Z-{DIGEST}", "manifests/"),
]


@pytest.mark.parametrize(("key", "text", "folder"), KEYS)
def test_a_key_says_its_folder_and_the_digest_of_its_content(key, text, folder):
    assert key == text
    assert is_key(key)
    assert key_digest(key) == DIGEST
    assert split_key(key) == (folder, text.removeprefix(folder))
    assert folder in FOLDERS
    assert is_original(key) == (key == DIGEST)


def test_the_newest_manifest_has_the_last_key():
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=40 * count) for count in range(20)]
    keys = [manifest_key(time, DIGEST) for time in times]
    assert keys == sorted(keys)


@pytest.mark.parametrize("text", ["", DIGEST.upper(), DIGEST[1:], f"tmp/{DIGEST}", f"manifests/{DIGEST}"])
def test_what_is_no_key_has_no_digest(text):
    assert not is_key(text)
    with pytest.raises(InvalidKey):
        key_digest(text)


def test_a_manifest_says_when_it_was_begun():
    assert manifest_time(manifest_key(EVENING, DIGEST)) == EVENING.replace(microsecond=0)
