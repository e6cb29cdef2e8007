"""Fixtures of several modules: the production server over a socket, what is drawn, a library of all sorts."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from images.catalogue.trash import trash
from images.imaging import sandbox
from images.renditions import drawing
from tests.factories import add_image, make_image
from tests.servers.application import Application, running

UNDRAWN = {"accounts", "admin", "api", "catalogue", "pages"}  # tests of these rooms


@pytest.fixture(scope="module", params=["local", pytest.param("s3", marks=pytest.mark.drill)])
def server(request, tmp_path_factory):
    environment = {"WEB_CONCURRENCY": "1"}
    if request.param == "s3":
        seaweedfs = request.getfixturevalue("seaweedfs")
        environment |= {
            "IMAGELIB_STORAGE": "s3",
            "IMAGELIB_S3_BUCKET_NAME": seaweedfs.bucket,
            "IMAGELIB_S3_ENDPOINT_URL": seaweedfs.endpoint_url,
            "AWS_ACCESS_KEY_ID": seaweedfs.access_key,
            "AWS_SECRET_ACCESS_KEY": seaweedfs.secret_key,
        }
    with running(Application(tmp_path_factory.mktemp("wire") / "data", **environment)) as server:
        yield server


@pytest.fixture(scope="module")
def token(server) -> dict[str, str]:
    """Return the header of somebody who may do everything."""
    return {"Authorization": f"Token {server.manage('createtoken', 'admin').stdout.split()[-1]}"}


@pytest.fixture(scope="module")
def upload(server, token):
    def upload(data: bytes, **fields: str) -> str:
        """Upload `data`; return the path of its bytes."""
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
        parts.append(b'name="file"; filename="photo.png"\r\n\r\n' + data)
        body = b"".join(b"--frontier\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
        headers = token | {"Content-Type": "multipart/form-data; boundary=frontier"}
        status, _, answer = server.request("POST", "/api/v1/images", body + b"--frontier--\r\n", headers)
        assert status in (200, 201), answer
        return f"/api/v1/images/{json.loads(answer)['id']}/file"

    return upload


@pytest.fixture(autouse=True)
def undrawn(request, settings, data_dir):
    """Where nothing is asked of renditions nobody draws any of an upload, unless it is to be `drawn`."""
    if request.path.parent.name in UNDRAWN and "drawn" not in request.fixturenames:
        settings.TASKS = {"default": {"BACKEND": "tests.tasks.Undrawn"}}


@pytest.fixture
def drawn():
    """Have what galleries show of an upload drawn with it."""


@pytest.fixture
def draws(monkeypatch) -> list:
    """What was drawn from here on, one entry for each time that a child was asked."""
    calls = []
    render = sandbox.render

    def counted(file, jobs, *args):
        calls.append(jobs)
        return render(file, jobs, *args)

    monkeypatch.setattr(drawing, "render", counted)
    return calls


@pytest.fixture
def people(contributor, editor, stranger):
    """Two who upload, one who is in no group and may do one thing, one who may do all."""
    get_user_model().objects.filter(pk=editor.pk).update(
        first_name="Ada", last_name="Lovelace", email="ada@example.org"
    )
    stranger.user_permissions.add(Permission.objects.get(codename="view_image"))
    get_user_model().objects.create_superuser("root", password="a secret of root")
    curators = Group.objects.create(name="Curators")
    curators.permissions.add(Permission.objects.get(codename="change_image"))
    contributor.groups.add(curators)


@pytest.fixture
def library(people, contributor, editor):
    """Images of all states."""
    add_image(make_image(seed=1), title="Ä public one\n", alt_text="a", description="d", uploaded_by=editor)
    add_image(make_image("PNG", seed=2), visibility="private", filename="Tür.png", uploaded_by=contributor)
    add_image(make_image("GIF", seed=3, frames=3), filename="nobody's.gif")
    trash(add_image(make_image(seed=4), uploaded_by=contributor))
