"""The code of an earlier commit runs on today's schema, as it does while servers are renewed one by one; and
today's starts with what it left.

earlier_commit.txt names the commit, which has fewer migrations; each release that has one moves it forward.
The rules are in tests/unit/test_migrations.py.
"""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.factories import make_image
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import until

pytestmark = pytest.mark.drill


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


def upload(application: Application, token: dict[str, str], data: bytes) -> dict:
    """Return the new public image that the API answers with."""
    form = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("kite.jpg", data), "visibility": "public"})
    headers = token | {"Content-Type": MULTIPART_CONTENT}
    status, _, answer = application.request("POST", "/api/v1/images", form, headers)
    assert status == 201, answer
    return json.loads(answer)


def test_earlier_code_uploads_reads_changes_trashes_and_purges(earlier):
    token = {"Authorization": f"Token {earlier.manage('createtoken', 'admin').stdout.split()[-1]}"}
    data = make_image()

    image = upload(earlier, token, data)
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


def test_what_earlier_code_left_is_there_and_a_worker_begins_beside_it(
    earlier_code, tmp_path, django_db_blocker
):
    before, after = make_image(seed=1), make_image(size=(700, 500), seed=2)
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database_url:
        of_both = {"DATABASE_URL": database_url, "WEB_CONCURRENCY": "1"}
        with running(
            Application(tmp_path / "library", earlier_code, COVERAGE_PROCESS_START="", **of_both)
        ) as earlier:
            token = {"Authorization": f"Token {earlier.manage('createtoken', 'admin').stdout.split()[-1]}"}
            image = upload(earlier, token, before)

        today = Application(tmp_path / "library", **of_both)
        today.start_with_worker()
        try:
            assert today.request("GET", f"/api/v1/images/{image['id']}/file")[::2] == (200, before)
            new = upload(today, token, after)
            drawn = f"print(Image.objects.get(pk='{new['id']}').renditions.count())"
            ask = f"from images.models import Image; {drawn}"
            until(lambda: today.manage("shell", "-v0", "-c", ask).stdout.strip() == "4")
            assert "Traceback" not in today.log
        finally:
            today.stop()
