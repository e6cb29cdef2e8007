"""Each look of docs/runbook.md for why it is slow prints what it says, on a library that runs."""

import re

import pytest
from django.db import connection

from tests import BASE_DIR
from tests.documents import blocks, run_by
from tests.factories import make_image
from tests.integration.deploy.test_readme import type_in
from tests.resilience.robustness import LiveLibrary
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import find_program, need

pytestmark = [pytest.mark.drill, pytest.mark.long]

RUNBOOK = BASE_DIR / "docs" / "runbook.md"
WITHIN = "needs Docker; tests/integration/deploy/test_slowness.py types the first line without"
TOKEN = "a-long-token-for-tests-only"
MINUTE = """
curl -s -o /dev/null {0}/
until curl -s -H "Authorization: Bearer $IMAGELIB_METRICS_TOKEN" {0}/metrics |
    grep -q '_sum{{.*route="gallery"'; do :; done
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory, seaweedfs, django_db_blocker):
    folder = tmp_path_factory.mktemp("slow") / "data"
    folder.mkdir()
    environment = {
        "WEB_CONCURRENCY": "1",
        "IMAGELIB_METRICS_TOKEN": TOKEN,
        "IMAGELIB_STORAGE": "s3",
        "IMAGELIB_S3_BUCKET_NAME": "slow",
        "IMAGELIB_S3_ENDPOINT_URL": seaweedfs.endpoint_url,
        "AWS_ACCESS_KEY_ID": seaweedfs.access_key,
        "AWS_SECRET_ACCESS_KEY": seaweedfs.secret_key,
    }
    with django_db_blocker.unblock(), fresh_database(folder) as database:
        application = Application(folder, DATABASE_URL=database, **environment)
        with running(application):
            library = LiveLibrary(application)
            for seed in range(2):
                library.upload(f"{seed}.jpg", make_image(seed=seed))
            yield application


@pytest.fixture
def look(library, tmp_path):
    def look(number: int) -> str:
        """Type in one of the looks, where a minute is over when the gallery was asked for and counted."""
        need("curl", find_program("curl"), "the commands as the documents write them")
        text = run_by(__file__, "docs/runbook.md")[number].replace("http://127.0.0.1:8000", library.url)
        text = text.replace("sleep 60", MINUTE.format(library.url)).replace("\ntime ", "\n")
        (tmp_path / "imagelib.log").write_text(library.log)
        return type_in(text, tmp_path, library.environment)

    return look


def test_the_log_tells_the_longest_requests_and_all_that_one_caused(look):
    *longest, last = look(0).splitlines()
    times = [float(line.split()[0]) for line in longest if re.match(r"[\d.]+ (GET|POST) /", line)]
    assert times == sorted(times, reverse=True) != []
    assert "imagelib.requests:" in last
    assert last.rpartition(" ")[2] == longest[0].rpartition(" ")[2]


def test_the_metrics_tell_what_a_minute_took(look):
    printed = look(1)
    assert re.search(r'^[\d.e-]+ imagelib_http_request_seconds_sum{.*route="gallery"', printed, re.M)
    assert re.search(r"^[\d.e-]+ imagelib_database_seconds_total", printed, re.M)
    assert "imagelib_queue_oldest_seconds" in printed


def test_the_metrics_are_told_within_a_container(library, tmp_path):
    """By Python: there is no curl."""
    (within,) = (block for block in blocks(RUNBOOK) if block.note.endswith(WITHIN))
    line = within.text.splitlines()[0].replace("http://127.0.0.1:8000", library.url)
    line = line.replace("docker compose exec -T app python ", ".venv/bin/python ")
    type_in(line, tmp_path, library.environment)
    assert "\nimagelib_queue_oldest_seconds" in (tmp_path / "before").read_text()


def test_the_database_tells_what_it_does(look):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has nobody to ask.")
    need("psql", find_program("psql"), "the commands as the documents write them")
    printed = look(2)
    assert "SELECT pid, now()" in printed  # the question itself is one
    assert "(8 rows)" in printed  # tables
    assert "Execution Time" in printed


def test_the_store_is_measured_by_itself(look):
    answers, verified = look(3).splitlines()
    assert re.fullmatch(r"[\d.]+ s until it connects, [\d.]+ s until it answers \d{3}", answers)
    assert verified.startswith("Whole: ")


def test_the_machine_tells_how_busy_it_is(look):
    printed = look(4)
    assert "load average" in printed
    assert printed.endswith("ready")
