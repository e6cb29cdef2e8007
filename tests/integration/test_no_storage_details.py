"""Nothing a client can see names the storage: every route, with the storage up, down and misconfigured."""

import io
import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from images.ingest import trash
from storage import get_storage
from tests.servers import free_ports
from tests.support import add_image, make_image, make_user, sha256

BUCKET, KEY_ID, SECRET = "telltale-bucket", "TELLTALEKEYID", "telltale/secret+key"

STATES = {
    "up": {},
    "down": {"endpoint_url": "http://127.0.0.1:{free_port}"},
    "wrong secret": {"secret_key": "telltale-wrong-secret"},
    "missing bucket": {"bucket_name": "telltale-missing-bucket"},
    "mistyped endpoint": {"endpoint_url": "telltale-endpoint"},
}
WORDS = ["telltale", "s3://", "amazonaws", "seaweed", "minio", "x-amz-", "boto", "urllib3", "django-storages"]


@pytest.fixture(params=STATES)
def secrets(request, settings, seaweedfs, db):
    """Point the library, with some images in it, at a bucket in this state; return what must not be seen."""
    good = {
        "bucket_name": BUCKET,
        "endpoint_url": seaweedfs.endpoint_url,
        "access_key": seaweedfs.access_key,
        "secret_key": seaweedfs.secret_key,
        "region_name": "us-east-1",
    }
    settings.IMAGELIB_STORAGE = "s3"
    settings.IMAGELIB_S3 = good
    get_storage.cache_clear()
    get_storage().prepare()
    owner = make_user("owner")
    images = {
        "image": add_image(make_image(), uploaded_by=owner),
        "private": add_image(make_image(seed=1), visibility="private", uploaded_by=owner),
        "trashed": add_image(make_image(seed=2), uploaded_by=owner),
    }
    trash(images["trashed"])

    changes = {
        name: value.format(free_port=free_ports(1)[0]) for name, value in STATES[request.param].items()
    }
    settings.IMAGELIB_S3 = good | changes
    get_storage.cache_clear()
    endpoint = settings.IMAGELIB_S3["endpoint_url"].removeprefix("http://")
    return images, [*WORDS, endpoint, seaweedfs.access_key, seaweedfs.secret_key]


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
    path = re.sub(r"<\w+:\w+>|<\w+>", "1", path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\.", ".").replace("\\Z", "").replace(
        "/?", ""
    )


def seen(response) -> str:
    """Return all of an answer that a client can see."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    body = response.getvalue() if response.streaming else response.content
    cookies = response.cookies.output()
    return (
        f"{response.status_code} {response.reason_phrase}\n{headers}\n{cookies}\n\n{body.decode('latin-1')}"
    )


def clients() -> dict[str, Client]:
    """Return an anonymous client, and one that may do everything."""
    root = make_user("root", is_staff=True, is_superuser=True)
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(root)
    return {"anonymous": Client(raise_request_exception=False), "root": signed_in}


def test_file_response_exposes_no_storage_details(secrets):
    images, words = secrets
    walked = 0
    for client in clients().values():
        for route in routes():
            for image in images.values():
                path = filled(route, image)
                for method in ("get", "head", "post", "put", "patch", "delete", "options"):
                    if method not in ("get", "post") and not path.startswith("/api/"):
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


def test_the_walk_reaches_what_it_says(client, db):
    """The routes that matter are among those walked, and their paths are ones that they match."""
    image = add_image()
    paths = {filled(route, image) for route in routes()}
    for path in ["/", f"/images/{image.pk}", f"/api/v1/images/{image.pk}/file", "/api/schema", "/readyz"]:
        assert path in paths
        assert client.get(path).status_code == 200
    assert sha256(make_image()) == image.hash
