"""Bodies that wait on disk have no name there: nothing is left of them, whatever ends the process."""

import os
import signal
import socket
import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from images.http.uploads import NamelessFileUploadHandler
from images.ingest import pipeline
from images.maintenance.stored_objects import copied
from tests.clients.api import IMAGES, client_of
from tests.factories import add_image, make_image, sha256
from tests.servers.application import Application, running
from tests.servers.machine import until

SENT = 16 * 2**20  # bytes; more than all buffers of two sockets hold


@pytest.fixture
def tmpdir_of_its_own(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.drill
@pytest.mark.any_database
def test_nothing_is_left_of_an_upload_whose_process_is_killed(tmp_path):
    folder = tmp_path / "tmp"
    folder.mkdir()
    application = Application(tmp_path / "data", TMPDIR=str(folder), WEB_CONCURRENCY="1")
    with running(application):
        token = application.manage("createtoken", "admin").stdout.split()[-1]
        head = (
            f"POST /api/v1/images HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {token}\r\n"
            f"Content-Length: {2 * SENT}\r\nContent-Type: multipart/form-data; boundary=frontier\r\n\r\n"
            '--frontier\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        )
        with socket.create_connection(("127.0.0.1", application.port), timeout=30) as sender:
            sender.sendall(head.encode() + bytes(SENT))  # so the server has begun to keep it
            (worker,) = application.workers
            os.kill(worker, signal.SIGKILL)
            until(lambda: worker not in application.workers)
        assert list(folder.iterdir()) == []


@pytest.mark.django_db
def test_an_upload_on_disk_has_no_name_and_is_read_as_any(
    settings, tmpdir_of_its_own, contributor, monkeypatch
):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0  # every file waits on disk
    data, seen = make_image("PNG"), []
    ingest = pipeline.measure

    def watched(file):
        seen.append((file.fileno() > 0, os.listdir(tmpdir_of_its_own)))
        return ingest(file)

    monkeypatch.setattr(pipeline, "measure", watched)
    sent = SimpleUploadedFile("a." + "x" * 200, data)
    response = client_of(contributor).post(IMAGES, {"file": sent})
    assert (response.status_code, response.json()["hash"]) == (201, sha256(data))
    assert seen == [(True, [])]


def test_an_upload_that_breaks_off_is_closed_at_once():
    handler = NamelessFileUploadHandler()
    handler.upload_interrupted()  # before there was a file
    handler.new_file("file", "a.png", "image/png", None)
    handler.receive_data_chunk(b"half", 0)
    handler.upload_interrupted()
    assert handler.file.closed


@pytest.mark.django_db
def test_an_object_that_is_fetched_to_be_checked_has_none_either(tmpdir_of_its_own):
    image = add_image()
    with copied(image.hash) as copy:
        assert copy.digest == image.hash
        assert list(tmpdir_of_its_own.iterdir()) == []


class Gone:
    """The body of somebody who hung up half way."""

    def read(self, *args) -> bytes:
        raise ConnectionResetError

    readline = read


@pytest.mark.django_db
@pytest.mark.parametrize("address", [IMAGES, "/upload", "/admin/images/image/add/"])
def test_an_upload_that_breaks_off_is_the_senders_error(client, admin_user, address, caplog):
    client.force_login(admin_user)
    headers = {"CONTENT_LENGTH": "2000000", "CONTENT_TYPE": "multipart/form-data; boundary=frontier"}
    response = client.generic("POST", address, **{"wsgi.input": Gone()} | headers)
    assert response.status_code == 400
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
