"""The spider at the application as people run it, over a socket."""

import json

import pytest
from django.http import HttpResponse

from tests.factories import make_image
from tests.integration.access.spider import ORIGIN, crawl
from tests.servers.application import Application, running

pytestmark = [pytest.mark.drill, pytest.mark.any_database, pytest.mark.long]

PUBLIC = ("harbour", "kite", "meadow")
HIDDEN = {
    "quokka": "unlisted",
    "zephyr": "unlisted",
    "mistral": "private",
    "walrus": "private",
    "thimble": "",
}


@pytest.fixture(scope="module", params=["public", "members"])
def server(request, tmp_path_factory):
    environment = {"WEB_CONCURRENCY": "1", "IMAGELIB_GALLERY": request.param}
    with running(Application(tmp_path_factory.mktemp("crawled") / "data", **environment)) as server:
        yield server


@pytest.fixture
def ids(server, token, upload) -> dict[str, str]:
    """The images by their titles, all in a public album, an unlisted and a private one."""

    def send(path: str, **said) -> dict:
        headers = token | {"Content-Type": "application/json"}
        status, _, answer = server.request("POST", path, json.dumps(said).encode(), headers)
        assert status < 300, answer
        return json.loads(answer)

    ids = {}
    for seed, word in enumerate((*HIDDEN, *PUBLIC)):
        said = {"title": word, "tags": word, "visibility": HIDDEN.get(word) or "public"}
        ids[word] = upload(make_image("PNG", seed=seed), **said).split("/")[4]
    for visibility in ("public", "unlisted", "private"):
        album = send("/api/v1/albums", title=f"Album {visibility}", visibility=visibility)
        send(f"/api/v1/albums/{album['id']}/images", images=[*ids.values()])
    status, _, _ = server.request("DELETE", f"/api/v1/images/{ids['thimble']}", headers=token)
    assert status == 204
    return ids


def test_it_finds_nothing_that_is_hidden(server, ids):
    def get(address: str) -> HttpResponse:
        status, headers, body = server.request("GET", address)
        headers = {name: value.replace(server.url, ORIGIN) for name, value in headers.items()}
        return HttpResponse(
            body.replace(server.url.encode(), ORIGIN.encode()), status=status, headers=headers
        )

    is_public = server.environment["IMAGELIB_GALLERY"] == "public"
    answers = crawl((), [f"/images/{ids['kite']}"], get)
    told = "\n".join(answers.values())
    assert [word for word in HIDDEN if word in told or ids[word] in told] == []
    assert "Album unlisted" not in told
    assert "Album private" not in told
    assert {word for word in PUBLIC if ids[word] in told} == ({*PUBLIC} if is_public else {"kite"})
    assert ("3 images<" in told, "Album public" in told) == (is_public, is_public)
