"""Nothing a client can see names the storage: every route, with the storage up, down and misconfigured."""

import io
import re

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.contracts.storage_disclosure import seen
from tests.factories import add_image, make_image, make_user, sha256

pytestmark = pytest.mark.any_database


def routes(resolver: URLResolver | None = None, prefix: str = "") -> list[str]:
    """Return the pattern of every route there is, as Django writes them."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        found += [path] if isinstance(pattern, URLPattern) else routes(pattern, path)
    return found


def filled(route: str, image) -> str:
    """Return a path that the route matches, about `image` where it takes one."""
    path = re.sub(r"<(?:uuid|path|str):\w*id>", str(image.pk), route)
    path = re.sub(r"\(\?P<(?:pk|image_id)>[^)]*\)", str(image.pk), path)
    path = re.sub(r"\(\?P<url>.*\)\$?$", "nowhere", path)
    path = re.sub(r"\(\?P<app_label>[^)]*\)", "images", path)
    path = re.sub(r"\(\?P<format>[^)]*\)", "json", path)
    path = re.sub(r"<int:\w+>", "1", path)
    path = path.replace("<path:spec>", "full/max/0/gray.jpg")
    path = re.sub(r"<\w+:\w+>|<\w+>", "1", path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\.", ".").replace("\\Z", "").replace(
        "/?", ""
    )


def clients() -> dict[str, Client]:
    """Return an anonymous client, and one that may do everything."""
    root = make_user("root", is_staff=True, is_superuser=True)
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(root)
    return {"anonymous": Client(raise_request_exception=False), "root": signed_in}


def test_no_route_exposes_storage_details(secrets):
    images, words = secrets
    walked = 0
    for client in clients().values():
        for route in routes():
            for image in images.values():
                path = filled(route, image)
                for method in ("get", "head", "post", "put", "patch", "delete", "options"):
                    if method not in ("get", "post") and not path.startswith(("/api/", "/iiif/")):
                        continue
                    if route.endswith(("logout", "logout/")):
                        continue
                    response = client.generic(method.upper(), path, b"{}", "application/json")
                    said = seen(response).lower()
                    assert not [word for word in words if word.lower() in said], (method, path, said[:2000])
                    location = response.get("Location", "/")
                    assert location.startswith(("/", "http://testserver/")), (method, path, location)
                    walked += 1
                if "image" not in route and "<" not in route:
                    break
    assert walked > 150


def test_uploads_expose_no_storage_details(secrets):
    _, words = secrets
    client = clients()["root"]
    for seed, (path, field) in enumerate([("/api/v1/images", "file"), ("/upload", "files"), ("/admin/", "")]):
        file = io.BytesIO(make_image(seed=100 + seed))
        file.name = "photo.jpg"
        said = seen(client.post(path, {field: file} if field else {})).lower()
        assert not [word for word in words if word in said], (path, said[:2000])


def test_what_a_message_says_is_seen_though_its_cookie_is_compressed():
    response, storage = HttpResponse(), CookieStorage(HttpRequest())
    storage.add(constants.ERROR, "The bucket telltale is away. " * 5)
    storage.update(response)
    assert "telltale" not in response.cookies.output()
    assert "telltale" in seen(response)


def test_the_walk_reaches_what_it_says(client, db):
    """The routes that matter are among those walked, and their paths are ones that they match."""
    image = add_image()
    paths = {filled(route, image) for route in routes()}
    derived = [f"/iiif/3/{image.pk}/{last}" for last in ("info.json", "full/max/0/gray.jpg")]
    file = f"/api/v1/images/{image.pk}/file"
    for path in ["/", f"/images/{image.pk}", file, *derived, "/api/schema", "/readyz"]:
        assert path in paths
        assert client.get(path).status_code == 200
    assert sha256(make_image()) == image.hash


def test_no_figure_names_the_storage_an_image_or_a_person(secrets, settings):
    images, words = secrets
    settings.IMAGELIB_METRICS_TOKEN = "a-token"
    client = Client(raise_request_exception=False)
    for image in images.values():
        client.get(f"/api/v1/images/{image.pk}/file")
    response = client.get("/metrics", headers={"authorization": "Bearer a-token"})
    said = seen(response).lower()
    assert response.status_code == 200
    names = [*words, "a-token", "owner", "/api/", *(str(i.pk) for i in images.values())]
    assert not [word for word in [*names, *(i.hash for i in images.values())] if word.lower() in said]
