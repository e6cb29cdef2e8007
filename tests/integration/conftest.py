"""The production server over a socket, on a folder and on a real S3 server; and who is asked to draw."""

import json

import pytest

from images import renditions, sandbox
from tests.liveserver import Application, running


@pytest.fixture(scope="module", params=["local", "s3"])
def server(request, tmp_path_factory):
    environment = {}
    if request.param == "s3":
        seaweedfs = request.getfixturevalue("seaweedfs")
        environment = {
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


@pytest.fixture
def draws(monkeypatch) -> list:
    """What was drawn from here on, one entry for each time that a child was asked."""
    calls = []
    render = sandbox.render

    def counted(file, jobs, *args):
        calls.append(jobs)
        return render(file, jobs, *args)

    monkeypatch.setattr(renditions, "render", counted)
    return calls
