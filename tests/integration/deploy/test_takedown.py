"""A takedown, as docs/runbook.md says: of an image that is wherever one can be, nothing is left."""

import json
import subprocess
from uuid import uuid4

import pytest

from tests.clients.api import IMAGES
from tests.documents import run_by
from tests.factories import make_image, sha256
from tests.files.located import photo
from tests.integration.deploy.test_nginx import form
from tests.integration.deploy.test_readme import type_in
from tests.integration.deploy.test_runbook import Filled
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import find_program, need

pytestmark = [pytest.mark.drill, pytest.mark.long]

URL = "https://images.example.org"
TITLE = "Unheard-of"
# What the admin writes of each change that is made there.
LOGGED = """
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from images.models import Image
admin = User.objects.get(username="admin")
LogEntry.objects.log_actions(admin.pk, Image.objects.filter(title="Unheard-of"), CHANGE)
"""


@pytest.fixture
def library(tmp_path, seaweedfs, django_db_blocker):
    bucket = {
        "IMAGELIB_STORAGE": "s3",
        "IMAGELIB_S3_BUCKET_NAME": "takedown",
        "IMAGELIB_S3_ENDPOINT_URL": seaweedfs.endpoint_url,
        "AWS_ACCESS_KEY_ID": seaweedfs.access_key,
        "AWS_SECRET_ACCESS_KEY": seaweedfs.secret_key,
    }
    (tmp_path / "data").mkdir()
    with django_db_blocker.unblock(), fresh_database(tmp_path / "data") as database:
        application = Application(tmp_path / "data", WEB_CONCURRENCY="1", DATABASE_URL=database, **bucket)
        with running(application):
            yield Filled(application)


def test_nothing_is_left_of_an_image_that_is_taken_down(library, tmp_path, seaweedfs):
    need("curl", find_program("curl"), "the commands as the documents write them")
    application, others = library.application, list(library.files)
    data = make_image(size=(1200, 900), seed=7)
    token = {"Authorization": f"Token {application.manage('createtoken', 'admin').stdout.split()[-1]}"}
    for person in (token, library.token):
        body, headers = form(data, title=TITLE)
        status, _, answer = application.request("POST", IMAGES, body, person | headers)
        assert status in (200, 201)
    image = json.loads(answer)["id"]
    file, smaller = f"{IMAGES}/{image}/file", f"/iiif/3/{image}/full/320,240/0/default.webp"
    album = library.ask("POST", "/api/v1/albums", title="All", visibility="public")["id"]
    library.ask("POST", f"/api/v1/albums/{album}/images", images=[image, *others])
    library.ask("PUT", f"{IMAGES}/{image}/favourite")
    library.ask("PATCH", f"{IMAGES}/{image}", description="Changed", tags=["secret"])
    share = library.ask("POST", "/api/v1/shares", target={"type": "image", "image": image})["url"]
    share = "/s/" + share.partition("/s/")[2]
    for path in (file, smaller, share):
        assert application.request("GET", path)[0] == 200, path
    application.manage("shell", "-v0", "-c", LOGGED).check_returncode()
    application.manage("backuplibrary").check_returncode()
    keys = set(stored(seaweedfs))

    written = run_by(__file__, "docs/runbook.md")
    name, down, emptied, proof = (each.replace(URL, application.url) for each in written)
    told = {"URL": application.url, "ID": image, "TOKEN": token["Authorization"].split()[-1]}
    environment = application.environment | told
    assert type_in(name, tmp_path, environment).split() == [image]
    environment |= {"HASH": sha256(data), "WORD": TITLE}
    printed = type_in(down, tmp_path, environment)
    status, pruned, note = type_in(proof, tmp_path, environment).splitlines()
    assert (status, pruned) == ("404", "Would delete (with --delete): 0 objects, 0 bytes.")
    assert json.loads(note)["model"] == "images.purged"

    database = tmp_path / "data" / "db.sqlite3"
    if database.exists():
        type_in(emptied, tmp_path, environment)
        files = [database, database.with_name("db.sqlite3-wal")]
        assert not any(TITLE.encode() in each.read_bytes() for each in files if each.exists())
    for path in (file, smaller, f"/images/{image}", share):
        assert application.request("GET", path)[0] == 404, path
    gone = keys - set(stored(seaweedfs))
    assert {sha256(data)} < gone
    assert {key for key in gone if key in printed} == gone  # which other copies are searched for
    assert [key for key in stored(seaweedfs) if key.startswith("manifests/")] != []
    assert not [*(tmp_path / "data" / "cache").rglob(sha256(data))]
    assert len(library.ask("GET", f"{IMAGES}?album={album}")["results"]) == len(others)
    for other, bytes_ in library.files.items():
        assert application.request("GET", f"{IMAGES}/{other}/file")[::2] == (200, bytes_)


def test_a_copy_and_what_it_was_made_of_name_each_other(library, tmp_path):
    body, headers = form(photo(), visibility="private", location="keep")
    _, _, answer = library.application.request("POST", IMAGES, body, library.token | headers)
    whole = json.loads(answer)["id"]
    shown = library.ask("PATCH", f"{IMAGES}/{whole}", visibility="public", location="strip")
    name, *_ = run_by(__file__, "docs/runbook.md")
    name = name.replace(URL, library.application.url)
    environment = library.application.environment | {"TOKEN": library.token["Authorization"].split()[-1]}
    for image in (whole, shown["public_copy"]):
        named = type_in(name, tmp_path, environment | {"ID": image})
        assert sorted(named.split()) == sorted([whole, shown["public_copy"]])


def test_with_an_id_that_is_none_no_other_image_is_named(library, tmp_path):
    """The list of the API that is asked for no hash is that of all images."""
    token = library.application.manage("createtoken", "admin").stdout.split()[-1]
    name, *_ = run_by(__file__, "docs/runbook.md")
    environment = library.application.environment | {"ID": str(uuid4()), "TOKEN": token}
    script = tmp_path / "pasted"
    script.write_text(name.replace(URL, library.application.url))
    pasted = subprocess.run(["/bin/sh", script], env=environment, capture_output=True, text=True, timeout=60)
    assert pasted.stdout == ""


def stored(seaweedfs) -> list[str]:
    pages = seaweedfs.client.get_paginator("list_objects_v2").paginate(Bucket="takedown")
    return [each["Key"] for page in pages for each in page.get("Contents", ())]
