"""A token that reads changes nothing, at whichever door: every route is tried with every method."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from images.accounts.invitations import invite
from images.accounts.resets import link_of
from images.accounts.tokens import make_token
from images.catalogue.album_curation import create
from images.catalogue.shares import Shared
from images.catalogue.sharing import make_share
from images.catalogue.trash import trash
from images.models import Change, Image, Tag, Token, TokenTerms
from tests.clients.api import IMAGES, form, problem
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

UNSAFE = ("post", "put", "patch", "delete")


def routes(patterns=None, before: str = "") -> Iterator[str]:
    """Yield the route of every view, as urls.py and the router write it."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


@pytest.fixture
def library(db) -> dict[str, object]:
    """One of each thing, and what the routes call it."""
    owner = make_user("owner", "Editors", is_staff=True, is_superuser=True)
    image = add_image(uploaded_by=owner, tags=["Kite"], visibility="private")
    trash(add_image(make_image(seed=1), uploaded_by=owner))
    album = create(owner, "Summer")
    share, secret = make_share(owner, image, may_download=True, password="a walk")
    return {
        "owner": owner,
        "<uuid:image_id>": image.pk,
        "<uuid:id>": image.pk,
        "<uuid:pk>": image.pk,
        "<str:slug>": "summer",
        r"(?P<sha256>[0-9A-Fa-f]{64})\Z": image.hash,
        r"([0-9a-f]{6})\.css\Z": "2450bd.css",
        "<path:spec>": "full/max/0/default.jpg",
        "<path:object_id>": image.pk,
        "<id>": image.pk,
        "<path:content_type_id>": 1,
        "<uuid:album_id>": album.pk,
        "accounts/reset/<uidb64>/<token>": link_of(owner)[1:],
        "<str:secret>": invite(owner, Group.objects.get(name="Viewers"))[1],
        "<uuid:share_id>": share.pk,
        "<uuid:name>": Shared(share, secret).name_of(image),
        "album": album,
        "share": share,
        "secret of the share": secret,
    }


def filled(route: str, library: dict[str, object]) -> str:
    """Return an address of `route` at which there is something."""
    names = dict(library)
    if route.startswith("api/v1/albums"):
        names["<uuid:pk>"] = names["<uuid:id>"] = library["album"].pk
    if route.startswith(("tags", "api/v1/tags")):
        names["<str:slug>"] = "kite"
    if "changes" in route:
        names["<uuid:pk>"] = Change.objects.first().pk if Change.objects.exists() else uuid4()
    if route.startswith("s/"):
        names["<str:secret>"] = library["secret of the share"]
    if route.startswith("api/v1/shares"):
        names["<uuid:pk>"] = names["<uuid:id>"] = library["share"].pk
    if "tokens" in route:
        names["<uuid:id>"] = Token.objects.get().id
    for name, value in names.items():
        route = route.replace(name, str(value)) if "<" in name or "[" in name else route
    route = route.replace("^", "")
    return f"/{route.replace('<drf_format_suffix:format>', '')}"


def rows() -> dict[str, list]:
    """Return all that the database holds, but for when a token was used."""
    return {
        model._meta.label: list(model.objects.order_by("pk").values())
        for model in apps.get_models()
        if model is not TokenTerms and not model._meta.proxy
    }


def test_no_route_lets_it_change_anything(library):
    _, secret = make_token(library["owner"], scope="read")
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Token {secret}"})
    every = {filled(route, library) for route in routes() if "admin/" not in route or "(?P" not in route}
    assert len(every) > 90
    assert not [address for address in every if "<" in address]
    before = rows()
    answers = {(m, address): getattr(client, m)(address) for address in every for m in UNSAFE}
    assert rows() == before
    for (method, address), response in answers.items():
        assert response.status_code in (403, 405), (method, address)
        if response.status_code == 403 and address.startswith("/api/v1/"):
            assert problem(response) == (403, "permission_denied")
            assert "only read" in response.json()["detail"], (method, address)


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token"])
def test_it_reads_what_its_person_sees_and_says_why_it_does_not_write(library, client, scheme):
    _, secret = make_token(library["owner"], scope="read")
    headers = {"authorization": f"{scheme} {secret}"}
    image = Image.objects.get(visibility="private")
    for path in (f"{IMAGES}/{image.pk}", f"{IMAGES}/{image.pk}/file", f"/iiif/3/{image.pk}/info.json"):
        for ask in (client.get, client.head, client.options):
            assert ask(path, headers=headers).status_code in (200, 204), path
    response = client.post(IMAGES, form(5), headers=headers)
    assert problem(response) == (403, "permission_denied")
    assert response.json()["detail"] == "This token may only read: make one that may write, too."


def test_the_proxy_is_told_before_a_body_is_read(library, client):
    for scope, status in (("read", 403), ("write", 204)):
        _, secret = make_token(library["owner"], scope=scope)
        response = client.get("/accounts/may-upload", headers={"authorization": f"Token {secret}"})
        assert response.status_code == status


def test_no_token_opens_a_page(library, client):
    """Pages and the admin ask for a session, whatever token comes with the request."""
    _, secret = make_token(library["owner"])
    headers = {"authorization": f"Token {secret}"}
    file = SimpleUploadedFile("a.jpg", make_image(seed=9))
    for path in ("/upload", "/trash", "/account", "/admin/images/image/add/"):
        response = client.post(path, {"files": file, "action": "make"}, headers=headers)
        assert response.status_code == 302, path
    assert Image.objects.count() == 2
    assert Tag.objects.count() == 1
