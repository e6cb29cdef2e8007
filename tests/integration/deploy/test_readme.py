"""What a newcomer types, typed: the blocks that say `run by tests/integration/deploy/test_readme.py`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import BASE_DIR
from tests.documents import blocks
from tests.factories import make_image
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import find_program, need

pytestmark = [pytest.mark.any_database, pytest.mark.second_lane]


def written(document: str) -> list[str]:
    """Return the blocks of `document` that say they are run here."""
    here = f"run by {Path(__file__).relative_to(BASE_DIR)}"
    return [block.text for block in blocks(BASE_DIR / document) if block.note == here]


def type_in(commands: str, folder: Path, environment: dict[str, str]) -> str:
    """Run `commands` in `folder` as a shell does that stops at the first failure; return what they print."""
    places = {".venv/bin/python": sys.executable, "manage.py": str(BASE_DIR / "manage.py")}
    commands = re.sub(r"\.venv/bin/python|manage\.py", lambda name: places[name[0]], commands)
    shell = ["/bin/sh", "-eu"]
    done = subprocess.run(
        shell, input=commands, cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def library(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database_url:
        yield Application(tmp_path / "library", DATABASE_URL=database_url)


def test_the_first_upload_of_the_readme(library, tmp_path):
    need("curl", find_program("curl"), "the first upload as the README writes it")
    (commands,) = written("README.md")
    (tmp_path / "photo.jpg").write_bytes(make_image())
    with running(library):
        printed = type_in(
            commands.replace("http://127.0.0.1:8000", library.url), tmp_path, library.environment
        )
    assert '"title":"The harbour"' in printed
    assert printed.endswith("the same bytes\n")


def test_the_backup_of_the_embedded_default_is_the_library(tmp_path):
    backup, restore = written("docs/operating.md")
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    with running(Application(old / "data")) as library:
        library.manage("createtoken", "admin")
        type_in(backup, old, dict(os.environ))
    type_in(restore, new, dict(os.environ))
    assert {path.name for path in (new / "data").iterdir()} == {"db.sqlite3", "objects", "secret_key"}
    with running(Application(new / "data")) as library:
        assert "password" not in library.log  # the user `admin` is there
        assert library.manage("createtoken", "admin", "--revoke").stdout == "Tokens of admin removed: 1\n"
