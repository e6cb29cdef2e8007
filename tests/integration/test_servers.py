"""The servers that tests start, and the rule for those that are not installed."""

import subprocess

import pytest

from tests.servers.machine import find_program, need

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("required", "outcome"), [("0", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_what_is_missing_is_skipped_aloud_or_fails_when_all_is_required(monkeypatch, required, outcome):
    monkeypatch.setenv("IMAGELIB_TEST_REQUIRE_ALL", required)
    with pytest.raises(outcome, match="frobd is not available here, so this is left out: frobbing"):
        need("frobd", None, "frobbing")
    need("frobd", "/usr/bin/frobd", "frobbing")


def test_seaweedfs_listens_on_loopback_only(seaweedfs):
    need("ss", find_program("ss"), "looking at SeaweedFS's listeners")
    table = subprocess.run([find_program("ss"), "-Hltnp"], capture_output=True, text=True, check=True).stdout
    listeners = [line.split()[3] for line in table.splitlines() if f"pid={seaweedfs.pid}," in line]

    assert seaweedfs.endpoint_url.removeprefix("http://") in listeners
    assert [address for address in listeners if not address.startswith("127.0.0.1:")] == []
