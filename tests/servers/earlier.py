"""The code of an earlier commit, as servers have it until they are renewed."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests import BASE_DIR
from tests.servers.machine import find_program, need

COMMIT = (BASE_DIR / "tests/integration/deploy/earlier_commit.txt").read_text().strip()
WHY = "running earlier code on today's schema"


@pytest.fixture
def earlier_code(tmp_path: Path) -> Path:
    """Return the folder with the code of the earlier commit, which has fewer migrations than today's."""
    git = find_program("git")
    need("git", git, WHY)
    packed = subprocess.run([git, "archive", "--format=tar", COMMIT], cwd=BASE_DIR, capture_output=True)
    need(f"the commit {COMMIT[:7]} (this is no clone, or a shallow one)", packed.returncode == 0, WHY)
    folder = tmp_path / "earlier"
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    assert migrations(BASE_DIR) > migrations(folder)  # else nothing is migrated
    return folder


def migrations(code: Path) -> set[str]:
    return {path.name for path in (code / "images/migrations").glob("0*.py")}
