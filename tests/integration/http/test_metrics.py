"""/metrics: who is answered, what all processes of a server counted together, what is left of who died."""

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from images.errors import Busy
from images.http import snapshots
from tests import BASE_DIR
from tests.servers.application import Application, running
from tests.servers.machine import until

TOKEN = "a-token-of-tests"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
ANYBODY = "/nowhere"  # as long: the page links to the sign-in, which leads back


def figures(text: bytes | str) -> dict[str, float]:
    """Return the value of each series, by its name and the values of its labels, which are sorted."""
    text = text if isinstance(text, str) else text.decode()
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def scrape(settings, db):
    """Return the answer to who brings the token."""
    settings.IMAGELIB_METRICS_TOKEN = TOKEN
    return lambda method="get", **options: getattr(Client(headers=AUTHORIZED), method)("/metrics", **options)


# --- Who is answered --------------------------------------------------------------------------------


def test_who_brings_the_token_is_told(scrape):
    response = scrape()
    assert response.status_code == 200
    assert figures(response.content)["imagelib_build_info 0.1.0"] == 1
    assert dict(response.items()) == {
        "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
        "Cache-Control": "no-store",
    }
    assert not response.cookies


def test_whatever_the_server_is_called_by_and_without_tls(scrape, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert scrape(headers={**AUTHORIZED, "Host": "app:8000"}).status_code == 200


def test_a_head_is_told_that_it_is_there_and_a_post_that_it_is_read_only(scrape):
    assert scrape("head").status_code == 200
    assert scrape("post").status_code == 405


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])
@pytest.mark.parametrize(
    "said", ["", "Bearer", "Bearer ", "Bearer another", f"Token {TOKEN}", TOKEN, "Bearer caf\u00e9"]
)
def test_to_all_others_there_is_no_such_address(client, settings, db, method, said):
    settings.IMAGELIB_METRICS_TOKEN = TOKEN
    answers = [
        getattr(client, method)(path, headers={"authorization": said}) for path in ("/metrics", ANYBODY)
    ]
    ours, theirs = ((a.status_code, dict(a.items()), a.content) for a in answers)
    assert ours[0] == 404
    assert ours[1] == theirs[1]
    assert ours[2].replace(b"metrics", b"nowhere") == theirs[2]


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer "])
def test_without_a_token_there_is_no_such_address_for_anybody(client, settings, db, said):
    settings.IMAGELIB_METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": said}).status_code == 404


def test_people_and_their_tokens_are_not_asked(client, settings, db, django_user_model):
    settings.IMAGELIB_METRICS_TOKEN = TOKEN
    client.force_login(django_user_model.objects.create_superuser("admin"))
    assert client.get("/metrics").status_code == 404


# --- Of several processes ---------------------------------------------------------------------------

COUNTING = """
import os, sys, time
os.environ["IMAGELIB_DATA_DIR"] = sys.argv[1]
import django; os.environ["DJANGO_SETTINGS_MODULE"] = "imagelib.settings"; django.setup()
from images.http import routes, snapshots
snapshots.SECONDS = 0.05
snapshots.start("server")
for _ in range(int(sys.argv[2])):
    routes.count("image-file", "/", "GET", 200, 0.01)
while not (snapshots._this and snapshots._this.published): time.sleep(0.01)
snapshots.publish()
print("published", flush=True)
sys.stdin.read()
"""


@contextmanager
def process_that_counted(folder, requests: int):
    """Run one that has published `requests` requests, until the block ends or it is killed."""
    command = [sys.executable, "-c", COUNTING, str(folder), str(requests)]
    with subprocess.Popen(
        command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "published\n"
            yield process
        finally:
            process.kill()


def counted() -> tuple[float, float, float]:
    """Return requests, those of at most 25 ms, and processes, beside what this process counted itself."""

    def value(totals: dict[str, float], *names: str) -> float:
        return sum(totals.get(name, 0) for name in names)

    totals = {" ".join([s.name, *s.labels.values()]): s.value for m in snapshots.totals() for s in m.samples}
    own = {
        " ".join([name, *(v for _, v in labels)]): v
        for (_, _, name, labels), v in snapshots.counted().items()
    }
    names = (
        ["imagelib_http_requests_total image-file GET 200"],
        ["imagelib_http_request_seconds_bucket image-file GET 2xx 0.025"],
        ["imagelib_processes server"],
    )
    return tuple(value(totals, *one) - value(own, *one) for one in names)


@pytest.fixture
def folder(settings, tmp_path):
    settings.IMAGELIB_DATA_DIR = tmp_path / "library"
    return settings.IMAGELIB_DATA_DIR


def test_all_processes_are_added_up(folder):
    with process_that_counted(folder, 3), process_that_counted(folder, 40):
        assert counted() == (43, 43, 2)


def test_one_that_was_killed_stays_in_the_counters_once_and_in_no_gauge(folder):
    with process_that_counted(folder, 3) as killed, process_that_counted(folder, 40):
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        for _ in range(3):
            assert counted() == (43, 43, 1)
    for _ in range(3):
        assert counted() == (43, 43, 0)
    files = sorted(os.listdir(folder / "metrics"))
    assert files == [snapshots.REVIEWERS, "ended.json"]  # nothing of them stays
    with process_that_counted(folder, 5):
        assert counted() == (48, 48, 1)


def test_who_adds_up_and_dies_in_the_middle_counts_nobody_twice(folder, monkeypatch):
    """The sum is kept, and the files of who is in it are still there."""
    with process_that_counted(folder, 3):
        pass
    with monkeypatch.context() as patch:
        patch.setattr("images.http.snapshots.Path.unlink", lambda *args, **options: None)
        assert counted() == (3, 3, 0)
    assert len(list((folder / "metrics").glob("*.json"))) == 2
    assert counted() == (3, 3, 0)
    assert len(list((folder / "metrics").glob("*.json"))) == 1
    assert counted() == (3, 3, 0)


def test_a_full_disk_loses_nothing_that_was_counted(folder, monkeypatch):
    with process_that_counted(folder, 3):
        pass
    with monkeypatch.context() as patch:
        patch.setattr("images.http.snapshots.json.dump", raise_disk_full)
        assert counted() == (3, 3, 0)
    assert not list((folder / "metrics").glob(".*"))  # no draft stays
    assert counted() == (3, 3, 0)


def raise_disk_full(*args: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_folder_that_takes_nothing_leaves_what_this_process_counts(folder, scrape):
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file")
    assert counted() == (0, 0, 0)
    assert scrape().status_code == 200


def test_what_another_version_counted_before_is_forgotten(folder, settings):
    with process_that_counted(folder, 3):
        pass
    settings.IMAGELIB_VERSION = "0.2.0"
    assert counted() == (0, 0, 0)
    assert sorted(os.listdir(folder / "metrics"))[1:] == ["ended.json"]


def test_who_adds_up_for_too_long_is_not_waited_for(scrape, monkeypatch):
    monkeypatch.setattr(snapshots, "WAIT_SECONDS", 0.02)
    with snapshots._reviewing(snapshots._folder()):
        response = scrape()
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_a_process_that_begins_while_another_adds_up_keeps_its_name(folder, monkeypatch):
    """The other looks when the lock is made and not yet held, and removes what nobody holds at the end."""

    def review():
        with suppress(Busy), snapshots._reviewing(folder / "metrics"):
            yield from snapshots._figures_of_others(folder / "metrics")

    reviews, flock = [], fcntl.flock

    def looked_at(file, operation: int) -> None:
        if operation == fcntl.LOCK_EX and not reviews:
            reviews.append(review())
            next(reviews[0], None)
        flock(file, operation)

    monkeypatch.setattr(snapshots, "WAIT_SECONDS", 0)
    monkeypatch.setattr(snapshots.fcntl, "flock", looked_at)
    process = snapshots._joined(folder / "metrics")
    (reviewed,) = reviews
    list(reviewed)
    assert [path.name for path in (folder / "metrics").glob("*.lock")] == [f"{process.name}.lock"]


# --- The programs -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    options = {"IMAGELIB_METRICS_TOKEN": TOKEN, "WEB_CONCURRENCY": "3"}
    with running(Application(tmp_path_factory.mktemp("metrics") / "library", **options)) as application:
        yield application


def asked(application: Application) -> dict[str, float]:
    status, headers, body = application.request("GET", "/metrics", None, AUTHORIZED)
    assert status == 200
    assert "set-cookie" not in headers
    return figures(body)


@pytest.mark.any_database
@pytest.mark.drill
def test_whichever_process_is_asked_tells_of_all_and_of_one_that_was_killed(application):
    for number in range(60):
        application.request("GET", f"/nowhere/{number}")
    one = "imagelib_http_requests_total GET none 404"
    until(lambda: asked(application).get(one) == 60)
    for _ in range(12):  # whichever it is
        assert asked(application)[one] == 60
    assert asked(application)["imagelib_processes server"] == 3
    os.kill(application.workers[0], signal.SIGKILL)
    until(lambda: asked(application)["imagelib_processes server"] == 3 and len(application.workers) == 3)
    assert asked(application)[one] == 60
    assert asked(application)["imagelib_http_request_seconds_count GET none 4xx"] == 60
    assert not [name for name in asked(application) if "nowhere" in name]
