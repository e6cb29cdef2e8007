"""What docs/runbook.md says, done: the blocks that say they are run here."""

import json
import re
import shutil
from difflib import unified_diff
from urllib.parse import urlsplit

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests import BASE_DIR
from tests.documents import run_by, section
from tests.factories import make_image
from tests.integration.deploy.test_programs import Person
from tests.integration.deploy.test_readme import type_in
from tests.resilience.robustness import LiveLibrary
from tests.servers.application import ADMIN_PASSWORD, Application, fresh_database, running
from tests.servers.machine import find_program, free_ports, need
from tests.servers.postgresql import temporary_postgresql
from tests.servers.seaweedfs import COMPANION, PORTS, SeaweedFS

pytestmark = [pytest.mark.drill, pytest.mark.long]

JSON = {"Content-Type": "application/json"}
PASSWORD = """
from django.contrib.auth.models import User
print(User.objects.get(username="clara").check_password("a long password"))
"""
MEMBER = """
from django.contrib.auth.models import Group, User
User.objects.create_user("clara", password="a long password").groups.add(Group.objects.get(name="Editors"))
"""


def block(number: int) -> str:
    """Return one of the blocks of the runbook that are run here."""
    return run_by(__file__, "docs/runbook.md")[number]


class Filled:
    """A library with some of everything that can be lost on the way."""

    def __init__(self, application: Application):
        self.application, live = application, LiveLibrary(application)
        self.files = {}
        for seed in range(3):
            data = make_image(size=(640, 480), seed=seed)
            self.files[live.upload(f"{seed}.jpg", data)["id"]] = data
        application.manage("shell", "-v0", "-c", MEMBER)
        self.token = {
            "Authorization": f"Token {application.manage('createtoken', 'clara').stdout.split()[-1]}"
        }
        kite, pier, gone = self.files
        self.ask("PATCH", f"/api/v1/images/{kite}", title="Kite", tags=["wind"])
        self.ask("PUT", f"/api/v1/images/{pier}/favourite")
        album = self.ask("POST", "/api/v1/albums", title="Summer", visibility="public")["id"]
        self.ask("POST", f"/api/v1/albums/{album}/images", images=[pier, kite])
        target = {"type": "album", "album": album}
        self.share = self.ask("POST", "/api/v1/shares", target=target)["url"].partition("/s/")[2]
        self.ask("DELETE", f"/api/v1/images/{gone}")
        del self.files[gone]

    def ask(self, method: str, path: str, **fields) -> dict:
        body = json.dumps(fields).encode() if fields else None
        status, _, answer = self.application.request(method, path, body, self.token | JSON)
        assert status < 300, answer
        return json.loads(answer) if answer else {}

    def told(self) -> str:
        """Return what the library says of itself, wherever it is."""
        told = [
            self.ask("GET", path)["results"]
            for path in (
                "/api/v1/images",
                "/api/v1/images?search=kite",
                "/api/v1/images?search=tag:wind",
                "/api/v1/images?search=is:favourite",
                "/api/v1/albums",
                "/api/v1/shares",
                "/api/v1/tokens",
                *(f"/api/v1/images/{image}/history" for image in self.files),
            )
        ]
        return json.dumps(told, indent=1).replace(self.application.url, "")

    def check(self, told: str) -> None:
        """All is as it was: what it says, each byte, the token, the password, the link."""
        assert list(unified_diff(told.splitlines(), self.told().splitlines(), n=0)) == []
        for image, data in self.files.items():
            assert self.application.request("GET", f"/api/v1/images/{image}/file")[::2] == (200, data)
        assert self.application.request("GET", f"/s/{self.share}")[0] == 200
        assert self.application.manage("shell", "-v0", "-c", PASSWORD).stdout.strip() == "True"


def test_a_library_leaves_the_embedded_default(tmp_path, seaweedfs, django_db_blocker):
    objects, dump, load = (block(number) for number in range(3))
    old = Application(tmp_path / "data", WEB_CONCURRENCY="1")
    bucket = {
        "IMAGELIB_STORAGE": "s3",
        "IMAGELIB_S3_BUCKET_NAME": "left",
        "IMAGELIB_S3_ENDPOINT_URL": seaweedfs.endpoint_url,
        "AWS_ACCESS_KEY_ID": seaweedfs.access_key,
        "AWS_SECRET_ACCESS_KEY": seaweedfs.secret_key,
    }
    (tmp_path / "new").mkdir()
    with django_db_blocker.unblock(), fresh_database(tmp_path / "new") as database:
        with running(old):
            library = Filled(old)
            told = library.told()
            type_in(objects, tmp_path, old.environment | bucket)
            assert "Copied: 0 objects" in type_in(objects, tmp_path, old.environment | bucket)
        type_in(dump, tmp_path, old.environment)
        new = Application(tmp_path / "data", WEB_CONCURRENCY="1", DATABASE_URL=database, **bucket)
        *commands, start = load.splitlines()
        assert start.endswith("quickstart --no-samples")
        type_in("\n".join(commands).removesuffix(" &&"), tmp_path, new.environment)
        (tmp_path / "data" / "objects").rename(tmp_path / "objects of before")
        (tmp_path / "data" / "db.sqlite3").rename(tmp_path / "database of before")
        with running(new):
            library.application = new
            library.check(told)
            assert "Traceback" not in new.log


def test_a_bucket_moves_over_a_folder(tmp_path, seaweedfs):
    out, into = block(3).splitlines(keepends=True)
    here, there = (
        {
            "IMAGELIB_STORAGE": "s3",
            "IMAGELIB_S3_BUCKET_NAME": name,
            "IMAGELIB_S3_ENDPOINT_URL": seaweedfs.endpoint_url,
            "AWS_ACCESS_KEY_ID": seaweedfs.access_key,
            "AWS_SECRET_ACCESS_KEY": seaweedfs.secret_key,
            "WEB_CONCURRENCY": "1",
        }
        for name in ("first", "second")
    )
    (tmp_path / "here").mkdir()
    old = Application(tmp_path / "data", **here)
    with running(old):
        library = Filled(old)
        told = library.told()
    type_in(out, tmp_path / "here", old.environment)
    new = Application(tmp_path / "data", **there)
    type_in(into, tmp_path / "here", new.environment)
    shutil.rmtree(tmp_path / "data" / "cache", ignore_errors=True)
    with running(new):
        library.application = new
        library.check(told)


def test_a_new_secret_key_signs_everyone_out_and_ends_nothing_else(tmp_path):
    (tmp_path / "here").mkdir()
    first = {"IMAGELIB_SECRET_KEY": "a" * 50, "IMAGELIB_ADMIN_PASSWORD": ADMIN_PASSWORD}
    with running(Application(tmp_path / "data", WEB_CONCURRENCY="1", **first)) as old:
        library = Filled(old)
        told = library.told()
        person = Person(old)
        assert person.session.get(f"{old.url}/account", allow_redirects=False).status_code == 200
    type_in(block(4), tmp_path / "here", old.environment)
    name, _, key = (tmp_path / "here" / ".env").read_text().strip().partition("=")
    assert name == "IMAGELIB_SECRET_KEY"
    with running(Application(tmp_path / "data", WEB_CONCURRENCY="1", IMAGELIB_SECRET_KEY=key)) as new:
        library.application = new
        library.check(told)
        assert person.session.get(f"{new.url}/account", allow_redirects=False).status_code == 302
        assert new.log.count("another secret key") == 1


def test_what_a_second_role_makes_is_of_the_first(tmp_path):
    rotating = section(BASE_DIR / "docs" / "runbook.md", "Rotate each secret")
    statements = re.findall(r"`((?:CREATE|ALTER) ROLE library [^`]+)`", rotating)
    assert len(statements) == 2
    with temporary_postgresql() as server:
        with psycopg.connect(f"{server.url}/postgres", autocommit=True) as administrator:
            administrator.execute("CREATE ROLE imagelib LOGIN")
            administrator.execute("CREATE DATABASE imagelib OWNER imagelib")
            for statement in statements:
                administrator.execute(statement)
        place = f"{urlsplit(server.url).hostname}:{urlsplit(server.url).port}/imagelib"
        library = Application(tmp_path / "data", DATABASE_URL=f"postgres://library@{place}")
        library.manage("migrate").check_returncode()
        with psycopg.connect(f"postgres://library@{place}") as session:
            tables = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
            assert session.execute(tables).fetchall() == [("imagelib",)]


def test_seaweedfs_takes_another_key_when_it_starts_and_the_former_no_more(tmp_path):
    need("weed (SeaweedFS)", find_program("weed"), "what becomes of its keys")
    ports = free_ports(len(PORTS), companion=COMPANION)
    former, latter = (
        SeaweedFS(tmp_path, "pictures", "imagelib", f"{age}-secret", ports) for age in ("former", "new")
    )
    former.start()
    former.client.put_object(Bucket="pictures", Key="kept", Body=b"content")
    former.stop()
    try:
        latter.start()
        assert latter.client.get_object(Bucket="pictures", Key="kept")["Body"].read() == b"content"
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            former.client.get_object(Bucket="pictures", Key="kept")
    finally:
        latter.stop()
