"""Blocks of commands that move, restore or delete, pasted into a shell that stops at nothing: what follows
one that failed is not done.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import BASE_DIR
from tests.documents import blocks, run_by
from tests.servers.cluster import variables

OPERATING, RUNBOOK = (BASE_DIR / "docs" / name for name in ("operating.md", "runbook.md"))
PROGRAMS = ("curl", "docker", "find", ".venv/bin/python")
# Says that it was called, and fails the time that it is told to.
AS_BEFORE = "docker compose (up|exec -T app python manage.py check) "
STUB = """#!/bin/sh
echo "${0##*/} $*" >> called
[ "$(wc -l < called)" -ne "${FAILS:-0}" ]
"""
ELSEWHERE = {"URL": "https://images.example.org", "TOKEN": "token", "ID": "image", "HASH": "digest"}


def pasted(text: str, folder: Path, fails: int = 0) -> list[str]:
    """Paste `text` where programs only say that they were called, and return what was: that call fails."""
    for program in PROGRAMS:
        path = folder / program if "/" in program else folder / "bin" / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(STUB)
        path.chmod(0o755)
    for name in ("called", "objects.tar", "imagelib.dump"):
        (folder / name).write_text("")
    environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "FAILS": str(fails), **ELSEWHERE}
    subprocess.run(["/bin/sh", "-c", text], cwd=folder, env=environment, check=False, capture_output=True)
    return (folder / "called").read_text().splitlines()


@pytest.mark.parametrize(
    ("document", "piece", "even_so"),
    [
        (RUNBOOK, "emptytrash --image $ID", ""),
        (RUNBOOK, "loaddata library.xml.gz", ""),
        (RUNBOOK, "copyobjects --from /data/moving", ""),
        (RUNBOOK, "export NEW=", AS_BEFORE),
        (OPERATING, "tar -xf - < objects.tar", ""),
    ],
    ids=["a takedown", "from the embedded default", "from a store", "from a database", "a restoration"],
)
def test_a_line_that_fails_is_the_last(tmp_path, document, piece, even_so):
    (text,) = (block.text for block in blocks(document) if piece in block.text)
    calls = pasted(text, tmp_path)
    assert len(calls) >= 5
    for number, call in enumerate(calls, start=1):
        after = pasted(text, tmp_path, number)[number:]
        assert [other for other in after if not even_so or not re.match(even_so, other)] == [], call


def test_what_compose_restores_ends_at_the_first_error_of_the_database():
    for document in (OPERATING, RUNBOOK):
        for block in blocks(document):
            for command in re.findall(r"pg_restore .*", block.text):
                assert command.startswith("pg_restore --exit-on-error "), block


def test_the_shell_is_told_what_a_server_is_told(tmp_path):
    shutil.copy(BASE_DIR / "deploy" / "cluster" / "environment", tmp_path / ".env")
    (line,) = run_by(__file__, "docs/runbook.md")
    shown = subprocess.check_output(
        ["/bin/sh", "-euc", f'{line}echo "$DATABASE_URL $IMAGELIB_S3_ENDPOINT_URL"'], cwd=tmp_path, text=True
    )
    told = variables({})
    assert shown.split() == [told["DATABASE_URL"], told["IMAGELIB_S3_ENDPOINT_URL"]]


def test_a_takedown_asks_by_the_address_that_people_use():
    """By another it would be answered with a redirect, which curl takes for well."""
    takedown = RUNBOOK.read_text().partition("\n## Take an image down everywhere\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"https?://[\w.:]+", takedown)) == {ELSEWHERE["URL"]}
    asked = re.findall(r"\bcurl (-\S+).* \"?\$URL/api", takedown)
    assert asked == ["-fsS", "-fsS", "-fsS", "-sS"]  # the last prints the status
