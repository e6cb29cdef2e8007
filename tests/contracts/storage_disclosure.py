"""A library whose storage has telltale names, and all of an answer that a client can see."""

import re
from http.cookies import Morsel

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest

from images.catalogue.trash import trash
from storage import get_storage
from tests.factories import add_image, make_image, make_user
from tests.servers.machine import free_ports

BUCKET = "telltale-bucket"

STATES = {
    "up": {},
    "down": {"endpoint_url": "http://127.0.0.1:{free_port}"},
    "wrong secret": {"secret_key": "telltale-wrong-secret"},
    "missing bucket": {"bucket_name": "telltale-missing-bucket"},
    "mistyped endpoint": {"endpoint_url": "telltale-endpoint"},
}
DRILLS = ("wrong secret", "missing bucket", "mistyped endpoint")
TOKEN = re.compile(r"\b[0-9A-Za-z]{64}\b")  # made by chance, which spells any word at times
WORDS = ["telltale", "s3://", "amazonaws", "seaweed", "minio", "x-amz-", "boto", "urllib3", "django-storages"]


@pytest.fixture(
    params=[pytest.param(state, marks=[pytest.mark.drill] * (state in DRILLS)) for state in STATES]
)
def secrets(request, settings, seaweedfs, db):
    """Point the library, with some images in it, at a bucket in this state; return what must not be seen."""
    good = seaweedfs.options | {"bucket_name": BUCKET}
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


def seen(response) -> str:
    """Return all of an answer that a client can see, but for what is made by chance."""
    return TOKEN.sub("", everything(response))


def everything(response) -> str:
    """Return all of an answer that a client can see."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    body = response.getvalue() if response.streaming else response.content
    cookies = "\n".join(map(_cookie, response.cookies.values()))
    status = f"{response.status_code} {response.reason_phrase}"
    return "\n".join((status, headers, cookies, "", body.decode("latin-1")))


def _cookie(cookie: Morsel) -> str:
    """Return a cookie with what its value says: the messages, where those come compressed and signed; of any
    other nothing, for it is made by chance.
    """
    value = ""
    if cookie.key == "messages":
        request = HttpRequest()
        request.COOKIES["messages"] = cookie.value
        value = "\n".join(str(message) for message in CookieStorage(request))
        assert value or not cookie.value
    else:
        assert cookie.key in ("csrftoken", "sessionid", "images.share")
    return cookie.OutputString().replace(cookie.coded_value, "") + "\n" + value
