"""`manage.py quickstart`: from nothing to a library that answers, and a sentence when that cannot be."""

import json
import re
import signal
import socket
import struct
from pathlib import Path

import pytest

from images.management.commands import quickstart
from images.management.commands.quickstart import Command
from images.models import Image
from tests.factories import add_image
from tests.queries import matching
from tests.servers.application import ADMIN_PASSWORD, Application, fresh_database
from tests.servers.machine import free_ports

pytestmark = pytest.mark.drill


@pytest.fixture
def application(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database_url:
        application = Application(tmp_path / "library", DATABASE_URL=database_url, WEB_CONCURRENCY="1")
        yield application
        if application.started:
            application.stop()


def image_titles(application: Application) -> list[str]:
    return [
        image["title"] for image in json.loads(application.request("GET", "/api/v1/images")[2])["results"]
    ]


def test_two_first_starts_at_once_make_one_library_and_a_later_one_changes_nothing(application):
    other = Application(
        application.data_dir.with_name("other"),
        DATABASE_URL=application.environment["DATABASE_URL"],
        IMAGELIB_DATA_DIR=str(application.data_dir),
    )
    application.launch()
    other.launch()
    try:
        application.wait()
        other.wait()
    finally:
        assert other.stop() == 0

    titles = image_titles(application)
    assert len(titles) == 12
    assert "Northern lights" in titles
    assert application.request("GET", "/")[0] == 200
    assert application.url in application.log
    (password,) = re.findall(r"password (\S+)", application.log + other.log)
    assert len(password) >= 16

    drawn = application.log.count("Drawing")  # or the other drew them
    assert application.stop() == 0
    application.launch()
    application.wait()

    assert image_titles(application) == titles
    assert (application.log + other.log).count("password") == 1
    assert application.log.count("Drawing") == drawn
    users = application.manage(
        "shell", "-v0", "-c", "from django.contrib.auth.models import User; print(User.objects.count())"
    )
    assert users.stdout.strip() == "1"
    assert "Traceback" not in application.log + other.log


def test_the_given_password_is_taken_and_not_printed(application):
    application.environment["IMAGELIB_ADMIN_PASSWORD"] = ADMIN_PASSWORD
    application.start()
    ask = "from django.contrib.auth.models import User; user = User.objects.get(username='admin'); "
    ask += f"print(user.is_superuser, user.check_password({ADMIN_PASSWORD!r}))"
    assert application.manage("shell", "-v0", "-c", ask).stdout.strip() == "True True"
    assert ADMIN_PASSWORD not in application.log


@pytest.mark.django_db
def test_samples_are_for_a_new_library_not_for_one_that_lost_its_database():
    assert Command().is_new()
    add_image()
    assert not Command().is_new()
    Image.objects.all().delete()
    assert not Command().is_new()


@pytest.mark.django_db
def test_what_an_earlier_version_added_is_found_after_the_start(monkeypatch):
    monkeypatch.setattr(quickstart, "call_command", lambda *arguments, **options: None)
    image = add_image(title="Kite")
    Image.objects.update(search_text="", search_key=None)  # as a row is that knows nothing of these
    Command().set_up()
    assert matching(["kite"]).get() == image.pk


def test_without_samples_the_library_is_empty(application):
    application.start()
    assert image_titles(application) == []


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly(application, stop):
    application.start()
    assert application.stop(stop) == 0
    assert "Traceback" not in application.log
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", application.port))


def test_it_listens_on_loopback_only(application):
    application.start()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", application.port))


def test_what_a_check_warns_of_is_said_at_start(application):
    application.environment["IMAGELIB_PUBLIC_URL"] = "https://images.example.org"
    application.start()
    assert "(imagelib.W002) IMAGELIB_PUBLIC_URL is set and no proxy is trusted" in application.log


def test_what_cannot_work_is_said_before_anything_is_made(application, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "from PIL import features; features.check = lambda name: False"
    )
    application.environment["PYTHONPATH"] = str(tmp_path)
    refused = application.manage("quickstart")
    assert refused.returncode == 1
    assert "(imagelib.E001) This Pillow was built without WebP and AVIF" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (application.data_dir / "db.sqlite3").exists()


def test_a_taken_port_is_said(application):
    with socket.create_server(("127.0.0.1", application.port)):
        refused = application.manage("quickstart")
    assert_one_sentence(refused, f"127.0.0.1:{application.port}", "PORT")
    assert not (application.data_dir / "db.sqlite3").exists()


def test_a_data_folder_that_cannot_be_made_is_said(application):
    application.data_dir.write_text("a file where the folder should be")
    assert_one_sentence(application.manage("quickstart"), str(application.data_dir))


def test_a_data_folder_that_cannot_be_made_is_said_when_the_secret_key_is_given(application):
    application.data_dir.write_text("a file where the folder should be")
    application.environment["IMAGELIB_SECRET_KEY"] = "k" * 50
    assert_one_sentence(application.manage("quickstart"), "IMAGELIB_DATA_DIR")


def test_a_missing_bucket_name_is_said(application):
    application.environment |= {"IMAGELIB_STORAGE": "s3", "IMAGELIB_S3_BUCKET_NAME": ""}
    assert_one_sentence(application.manage("quickstart"), "IMAGELIB_S3_BUCKET_NAME")


def test_an_unreachable_storage_is_said_without_its_secret(application):
    (port,) = free_ports(1)
    application.environment |= {
        "IMAGELIB_STORAGE": "s3",
        "IMAGELIB_S3_BUCKET_NAME": "pictures",
        "IMAGELIB_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "AKIDFORTESTS",
        "AWS_SECRET_ACCESS_KEY": "storage-secret-for-tests",
    }
    refused = application.manage("quickstart")
    assert_one_sentence(refused, "IMAGELIB_S3_")
    assert "storage-secret-for-tests" not in refused.stdout + refused.stderr


def test_an_unreachable_database_is_said_without_its_password(application):
    (port,) = free_ports(1)
    application.environment["DATABASE_URL"] = f"postgres://someone:database-secret@127.0.0.1:{port}/images"
    refused = application.manage("quickstart")
    assert_one_sentence(refused, "DATABASE_URL")
    assert "database-secret" not in refused.stdout + refused.stderr


def assert_one_sentence(refused, *words: str) -> None:
    """The process failed, and its last line says why to a person; the lines before it are log lines."""
    assert refused.returncode not in (0, None)
    assert "Traceback" not in refused.stderr
    sentence = refused.stderr.rstrip().rpartition("\n")[2]
    assert all(word in sentence for word in words), refused.stderr


def test_as_many_may_wait_to_be_let_in_as_at_gunicorn_itself(settings):
    """Whoever is one too many is let in a second later, by the system's own second try."""
    (settings.PORT,) = free_ports(1)
    with Command().claim_port() as listener:
        (most,) = struct.unpack_from("I", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 28)
    assert most == min(2048, int(Path("/proc/sys/net/core/somaxconn").read_text()))
