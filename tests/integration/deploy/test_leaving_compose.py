"""Store and database of compose.yaml are left by the commands of docs/runbook.md, without Docker."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import BASE_DIR
from tests.documents import blocks
from tests.integration.deploy.test_readme import type_in
from tests.integration.deploy.test_runbook import Filled
from tests.servers.application import Application, running
from tests.servers.postgresql import temporary_postgresql

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

NOTE = f"needs Docker; {Path(__file__).relative_to(BASE_DIR)} types its commands without"


def commands(number: int, places: dict[str, str]) -> tuple[str, str]:
    """Return what a block of the runbook types before its variables are in .env, and what after.

    Whoever runs a command is this machine, and nothing is started or stopped; `places` are ours for theirs.
    """
    texts = [each.text for each in blocks(BASE_DIR / "docs" / "runbook.md") if each.note.endswith(NOTE)]
    text = re.sub(r"^docker compose (stop|up) .*\n", "", texts[number], flags=re.M)
    text = re.sub(r"^docker (compose )?(exec|run)( --?\w+)* (app|postgres\S*) ", "", text, flags=re.M)
    assert "docker" not in text
    for theirs, ours in {"python manage.py": ".venv/bin/python manage.py", **places}.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    first, written, last = re.split(r"^(printf .*\n)", text, flags=re.M)
    return (first + written).removesuffix("&&\n"), last


@pytest.fixture
def postgresql():
    with temporary_postgresql() as server, psycopg.connect(f"{server.url}/postgres", autocommit=True) as made:
        for role in ("imagelib", "library"):
            made.execute(f"CREATE ROLE {role} LOGIN")
            made.execute(f"CREATE DATABASE {role} OWNER {role}")
        yield urlsplit(server.url)


def test_a_library_leaves_the_store_and_the_database_of_compose(tmp_path, seaweedfs, postgresql):
    here, keys = tmp_path / "here", (seaweedfs.access_key, seaweedfs.secret_key)
    here.mkdir()
    place = f"{postgresql.hostname}:{postgresql.port}"
    bundled = {
        "DATABASE_URL": f"postgres://imagelib@{place}/imagelib",
        "IMAGELIB_STORAGE": "s3",
        "IMAGELIB_S3_BUCKET_NAME": "bundled",
        "IMAGELIB_S3_ENDPOINT_URL": seaweedfs.endpoint_url,
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "PGHOST": postgresql.hostname,
        "PGPORT": str(postgresql.port),
    }
    old = Application(tmp_path / "data", WEB_CONCURRENCY="1", **bundled)
    with running(old):
        library = Filled(old)
        told = library.told()

    elsewhere = {
        "/data/moving": str(tmp_path / "moving"),
        "https://s3.example.org": seaweedfs.endpoint_url,
        "ACCESS_KEY_ID=library": f"ACCESS_KEY_ID={keys[0]}",
        "a-long-secret": keys[1],
    }
    out, into = commands(0, elsewhere)
    type_in(out, here, old.environment)
    type_in(into, here, old.environment | variables(here))
    new_url = f"postgres://library@{place}/library"
    dump, look = commands(1, {"postgres://library:password@db.example.org:5432/library": new_url})
    type_in(dump, here, old.environment)
    type_in(look, here, old.environment | variables(here))

    assert variables(here).keys() <= {*bundled}
    new = Application(tmp_path / "data", WEB_CONCURRENCY="1", **bundled | variables(here))
    assert new.environment["DATABASE_URL"] == new_url
    for page in seaweedfs.client.get_paginator("list_objects_v2").paginate(Bucket="bundled"):
        for each in page["Contents"]:
            seaweedfs.client.delete_object(Bucket="bundled", Key=each["Key"])
    with psycopg.connect(f"{postgresql.geturl()}/postgres", autocommit=True) as gone:
        gone.execute("DROP DATABASE imagelib WITH (FORCE)")
    with running(new):
        library.application = new
        library.check(told)
        assert "Traceback" not in new.log


def variables(folder: Path) -> dict[str, str]:
    """Return what .env says by now."""
    return dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())
