"""What the account page says to do with a token, done: its lines in a shell and in Python, its file as ShareX
reads it, against a server.
"""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.factories import make_image
from tests.servers.application import ADMIN_PASSWORD, Application, running
from tests.servers.machine import find_program, need

pytestmark = [pytest.mark.any_database, pytest.mark.drill]


class Person:
    """Somebody at the account page, in a browser without JavaScript."""

    def __init__(self, library: Application):
        self.session, self.address = requests.Session(), f"{library.url}/account"
        self.page = self.session.get(self.address).text
        self.send(f"{library.url}/accounts/login", username="admin", password=ADMIN_PASSWORD, next="/account")

    def send(self, address: str = "", **fields: str) -> requests.Response:
        """Send a form of the page, and read what comes."""
        fields["csrfmiddlewaretoken"] = re.search(r'csrfmiddlewaretoken" value="(\w+)"', self.page)[1]
        answer = self.session.post(address or self.address, fields)
        assert answer.status_code == 200
        if answer.headers["Content-Type"].startswith("text/html"):
            self.page = answer.text
        return answer

    def lines(self, key: str) -> str:
        """Return what the page has to be copied."""
        return html.unescape(re.search(rf'<textarea id="{key}"[^>]*>([^<]*)<', self.page)[1])


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs") / "data"
    settings = {"WEB_CONCURRENCY": "1", "IMAGELIB_ADMIN_PASSWORD": ADMIN_PASSWORD}
    with running(Application(folder, **settings)) as library:
        yield library


def run(program: list[str], lines: str, folder: Path, token: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"IMAGELIB_TOKEN": token}
    return subprocess.run(
        program, input=lines, cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


def fetched(address: str) -> bytes:
    return requests.get(address, timeout=60).content


def test_it_works_as_it_is_until_the_token_is_revoked(library, tmp_path):
    need("curl", find_program("curl"), "the lines of the account page")
    person = Person(library)
    person.send(action="make", name="Laptop", scope="write", days="never")
    token = re.search(r'id="token" readonly value="(\w+)"', person.page)[1]
    shell, python = ["/bin/sh", "-eu"], [sys.executable, "-"]

    (tmp_path / "photo.jpg").write_bytes(make_image(seed=1))
    done = run(shell, person.lines("upload-curl"), tmp_path, token)
    assert '"file_url":"' in done.stdout, done.stderr
    (tmp_path / "photo.jpg").write_bytes(make_image(seed=2))
    done = run(python, person.lines("upload-python"), tmp_path, token)
    assert fetched(done.stdout.strip()) == make_image(seed=2), done.stderr
    assert '"results":[' in run(shell, person.lines("list-curl"), tmp_path, token).stdout
    assert run(python, person.lines("list-python"), tmp_path, token).returncode == 0

    uploader = person.send(action="sharex", token=token).json()
    answer = requests.request(
        uploader["RequestMethod"],
        uploader["RequestURL"],
        headers=uploader["Headers"],
        data=uploader["Arguments"],
        files={uploader["FileFormName"]: ("capture.png", make_image("PNG", seed=3))},
        timeout=60,
    )
    assert answer.status_code == 201
    (name,) = re.fullmatch(r"\{json:(\w+)\}", uploader["URL"]).groups()
    assert fetched(answer.json()[name]) == make_image("PNG", seed=3)

    person.page = person.session.get(person.address).text
    assert "last used" in person.page
    assert token not in person.page + library.log
    person.send(action="revoke", id=re.search(r'name="id" value="([\w-]+)"', person.page)[1])
    done = run(shell, person.lines("upload-curl"), tmp_path, token)
    assert done.returncode == 22, done.stdout  # --fail: 400 and above
    assert "401" in done.stderr
    assert "HTTPError: 401" in run(python, person.lines("list-python"), tmp_path, token).stderr
