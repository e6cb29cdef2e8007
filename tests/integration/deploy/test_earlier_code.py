"""The code of an earlier commit runs on today's schema, as it does while servers are renewed one by one.

earlier_commit.txt names the commit; each release moves it forward.
The rules are in tests/unit/test_migrations.py.
"""

import io
import json
import subprocess
import tarfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests import BASE_DIR
from tests.factories import make_image
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import find_program, need

pytestmark = pytest.mark.drill

COMMIT = (BASE_DIR / "tests/integration/deploy/earlier_commit.txt").read_text().strip()
WHY = "running earlier code on today's schema"


@pytest.fixture
def earlier_code(tmp_path):
    """Return the folder with the code of the earlier commit."""
    git = find_program("git")
    need("git", git, WHY)
    packed = subprocess.run([git, "archive", "--format=tar", COMMIT], cwd=BASE_DIR, capture_output=True)
    need(f"the commit {COMMIT[:7]} (this is no clone, or a shallow one)", packed.returncode == 0, WHY)
    folder = tmp_path / "earlier"
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def earlier(earlier_code, tmp_path, django_db_blocker):
    """Return the earlier application, running on a database that today's migrations made."""
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database_url:
        today = Application(tmp_path / "library", DATABASE_URL=database_url)
        migrated = today.manage("migrate")
        assert migrated.returncode == 0, migrated.stderr
        unmeasured = {"DATABASE_URL": database_url, "COVERAGE_PROCESS_START": "", "WEB_CONCURRENCY": "1"}
        with running(Application(tmp_path / "library", earlier_code, **unmeasured)) as earlier:
            yield earlier


def test_earlier_code_uploads_reads_changes_trashes_and_purges(earlier):
    token = {"Authorization": f"Token {earlier.manage('createtoken', 'admin').stdout.split()[-1]}"}
    data = make_image()

    form = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("kite.jpg", data), "visibility": "public"})
    status, _, answer = earlier.request(
        "POST", "/api/v1/images", form, token | {"Content-Type": MULTIPART_CONTENT}
    )
    assert status == 201, answer
    image = json.loads(answer)
    address = f"/api/v1/images/{image['id']}"

    assert earlier.request("GET", f"{address}/file")[::2] == (200, data)
    assert earlier.request("GET", f"/iiif/3/{image['id']}/full/max/0/default.jpg")[0] == 200
    for page in ("/", f"/images/{image['id']}"):
        assert earlier.request("GET", page)[0] == 200

    change = json.dumps({"title": "Kite"}).encode()
    status, _, answer = earlier.request(
        "PATCH", address, change, token | {"Content-Type": "application/json"}
    )
    assert (status, json.loads(answer)["title"]) == (200, "Kite")
    (listed,) = json.loads(earlier.request("GET", "/api/v1/images?search=kite")[2])["results"]
    assert listed["id"] == image["id"]

    assert earlier.request("DELETE", address, headers=token)[0] == 204
    assert earlier.request("GET", f"{address}/file")[0] == 404

    purged = earlier.manage("emptytrash", "--older-than", "0h", "--json")
    assert purged.returncode == 0, purged.stderr
    assert json.loads(purged.stdout.splitlines()[-1]) == {"summary": {"images": 1}}
    assert "Traceback" not in earlier.log
