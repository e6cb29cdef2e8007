"""What a newcomer types, typed: the blocks that say `run by tests/integration/deploy/test_readme.py`."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from tests import BASE_DIR
from tests.documents import run_by
from tests.factories import make_image
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import find_program, need

pytestmark = pytest.mark.any_database


def written(document: str) -> list[str]:
    """Return the blocks of `document` that say they are run here."""
    return run_by(__file__, document)


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


@pytest.fixture(scope="module")
def library(tmp_path_factory, django_db_blocker):
    folder = tmp_path_factory.mktemp("readme") / "library"
    with (
        django_db_blocker.unblock(),
        fresh_database(folder) as database_url,
        running(Application(folder, DATABASE_URL=database_url, WEB_CONCURRENCY="1")) as library,
    ):
        yield library


def ask(library: Application, commands: str, folder: Path) -> str:
    """Run `commands` against `library`, where every answer that is a problem is a failure."""
    need("curl", find_program("curl"), "the commands as the documents write them")
    commands = commands.replace("http://127.0.0.1:8000", library.url).replace("curl ", "curl -f ")
    return type_in(commands, folder, library.environment)


def test_the_first_upload_of_the_readme(library, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(make_image(seed=1))
    printed = ask(library, *written("README.md"), tmp_path)
    assert '"title":"The harbour"' in printed
    assert printed.endswith("the same bytes\n")


def test_every_operation_of_the_api_by_example(library, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(make_image(seed=2, size=(800, 600)))
    printed = ask(library, "".join(written("docs/api.md")), tmp_path)
    assert '"alt_text":"Boats at low tide"' in printed
    assert "HTTP/1.1 200 OK" in printed
    photo = (tmp_path / "photo.jpg").read_bytes()
    assert (tmp_path / "copy.jpg").read_bytes() == photo
    assert b"Boats at low tide" in (tmp_path / "with-words.jpg").read_bytes()
    assert (tmp_path / "start.jpg").read_bytes() == photo[:1024]
    for name, size in {"small.webp": (640, 480), "middle.avif": (256, 256)}.items():
        with Image.open(tmp_path / name) as picture:
            assert picture.size == size


def test_the_backup_of_the_embedded_default_is_the_library(tmp_path):
    backup, restore = written("docs/operating.md")
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    library = Application(old / "data", WEB_CONCURRENCY="1")
    with running(library):
        type_in(backup, old, library.environment)  # while it runs
    type_in(restore, new, library.environment)
    assert {path.name for path in (new / "data").iterdir()} == {"db.sqlite3", "objects", "secret_key"}
    with closing(sqlite3.connect(new / "data" / "db.sqlite3")) as database:
        assert database.execute("SELECT username FROM auth_user").fetchall() == [("admin",)]
