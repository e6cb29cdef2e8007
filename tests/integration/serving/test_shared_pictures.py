"""The pictures of a share link: of the sizes that its pages show, for as long as it shows the image."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from images.catalogue.shares import Shared, live_share
from images.catalogue.sharing import make_share, revoke
from images.iiif.pyramid import listed_sizes
from images.iiif.requests import RenditionSpec
from images.models import Image, Rendition, ShareLink
from images.renditions.store import get_rendition
from images.serving import shares
from storage import get_storage
from storage.keys import rendition_key
from tests.clients.api import problem
from tests.factories import add_image, make_image, sha256

pytestmark = pytest.mark.django_db

SPEC = "full/320,240/0/default.webp"


@pytest.fixture
def image(contributor) -> Image:
    data = make_image(seed=1, size=(800, 600))
    return add_image(data, uploaded_by=contributor, visibility="private", filename="view.jpg")


@pytest.fixture
def secret(contributor, image) -> str:
    return make_share(contributor, image)[1]


def base(secret: str, image: Image) -> str:
    return f"/s/{secret}/{Shared(live_share(secret), secret).name_of(image)}"


def test_a_picture_is_answered_as_private_bytes(client, secret, image):
    address = f"{base(secret, image)}/{SPEC}"
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["ETag"] == f'"{sha256(answer.content)}"'
    assert dict(answer.items()) == {
        "ETag": answer["ETag"],
        "Content-Type": "image/webp",
        "Content-Length": str(len(answer.content)),
        "Content-Disposition": 'inline; filename="view-full-320,240.webp"',
        "Accept-Ranges": "bytes",
        "Repr-Digest": answer["Repr-Digest"],
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": answer["Content-Security-Policy"],
        "Cache-Control": "private, no-cache",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }
    assert not answer.cookies
    head = client.head(address)
    assert (head.status_code, dict(head.items())) == (200, dict(answer.items()))
    known = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (known.status_code, known["Cache-Control"]) == (304, "private, no-cache")
    assert (known["Referrer-Policy"], known["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    part = client.get(address, headers={"Range": "bytes=1-3"})
    assert (part.status_code, b"".join(part)) == (206, answer.content[1:4])
    assert client.get(address, headers={"Range": "bytes=9999999-"}).status_code == 416
    assert client.get(address, headers={"If-Match": '"x"'}).status_code == 412
    assert problem(client.post(address)) == (405, "method_not_allowed")


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_no_shared_cache_keeps_what_others_get_elsewhere(client, secret, image, visibility):
    Image.objects.update(visibility=visibility)
    answer = client.get(f"{base(secret, image)}/{SPEC}")
    assert answer["Cache-Control"] == "private, no-cache"
    assert not {"Cache-Tag", "X-Accel-Expires", "Access-Control-Allow-Origin", "CDN-Cache-Control"} & set(
        answer.headers
    )


def test_of_a_link_with_a_password_the_answer_depends_on_the_cookie(contributor, image):
    _, secret = make_share(contributor, image, password="a walk")
    client = Client()
    client.post(f"/s/{secret}", {"password": "a walk"})
    answer = client.get(f"{base(secret, image)}/{SPEC}")
    assert (answer.status_code, answer["Vary"]) == (200, "Cookie")


def test_all_that_pages_show_is_there_and_drawn_once(client, secret, image, draws):
    page = client.get(f"/s/{secret}").content.decode()
    said = [part.split()[0] for found in re.findall(r'srcset="([^"]+)"', page) for part in found.split(", ")]
    specs = {address.removeprefix(base(secret, image) + "/") for address in said}
    assert specs == {str(spec) for spec in listed_sizes(image.width, image.height)}
    for _ in range(2):
        for address in said:
            assert client.get(address).status_code == 200
    assert sum(len(jobs) for jobs in draws) <= len(specs)


@pytest.mark.parametrize(
    "spec",
    [
        "full/321,241/0/default.webp",
        "full/321,/0/default.webp",
        "full/320,/0/default.webp",
        "full/!320,320/0/default.webp",
        "full/320,240/90/default.webp",
        "full/320,240/0/gray.webp",
        "full/320,240/0/color.webp",
        "full/320,240/0/default.png",
        "full/320,240/0/default.avif",
        "full/^1600,1200/0/default.webp",
        "square/max/0/default.webp",
        "0,0,512,512/512,512/0/default.webp",
        "512,0,288,512/288,512/0/default.webp",
        "without/place/0/original",
        "file/",
        "info.json",
        "x",
        "full/320,240/0/default.webp/",
        "full/320,240/0/default.webp%00",
    ],
)
def test_nothing_else_is_drawn(client, secret, image, spec, draws):
    answer = client.get(f"{base(secret, image)}/{spec}")
    assert problem(answer) == (404, "not_found")
    assert draws == []


def test_every_stored_rendition_of_another_kind_is_absent(client, secret, image):
    """As the copies without the place, which are stored beside."""
    row = Rendition.objects.get(image=image, spec=SPEC)
    for spec in ("file/unlocated", "0,0,512,512/512,512/0/default.webp"):
        Rendition.objects.update_or_create(
            image=image,
            spec=spec,
            defaults={"hash": row.hash, "mime_type": "x", "size": 1, "width": 1, "height": 1},
        )
        assert client.get(f"{base(secret, image)}/{spec}").status_code == 404


def test_names_hold_in_one_link_alone(client, contributor, secret, image):
    _, other = make_share(contributor, image)
    name = base(secret, image).rpartition("/")[2]
    assert client.get(f"/s/{other}/{name}/{SPEC}").status_code == 404
    assert client.get(f"/s/{secret}/{image.pk}/{SPEC}").status_code == 404
    assert client.get(f"/s/{secret}/{image.pk}").status_code == 404
    assert client.get(f"/iiif/3/{name}/{SPEC}").status_code == 404


def test_who_is_signed_in_gets_what_a_stranger_gets(client, contributor, secret, image):
    address = f"{base(secret, image)}/{SPEC}"
    expected = client.get(address)
    client.force_login(contributor)
    answer = client.get(address)
    assert (answer.content, dict(answer.items())) == (expected.content, dict(expected.items()))


def test_a_lost_rendition_is_drawn_again(client, secret, image, draws):
    stored = get_rendition(image, RenditionSpec.parse(SPEC))
    get_storage().delete(rendition_key(stored.hash))
    answer = client.get(f"{base(secret, image)}/{SPEC}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    assert len(draws) == 1


def test_with_no_room_to_store_one_it_is_drawn_for_who_asks(client, secret, image, monkeypatch):
    monkeypatch.setattr(shares, "is_storable", lambda *said: False)
    answer = client.get(f"{base(secret, image)}/{SPEC}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")


def test_a_picture_takes_few_questions(client, secret, image, django_assert_num_queries):
    address = f"{base(secret, image)}/{SPEC}"
    client.get(address)
    with django_assert_num_queries(4):  # the link, its maker's permissions, the image, the rendition
        assert client.get(address).status_code == 200


# --- Hidden meanwhile ------------------------------------------------------------------------------


def send_its_maker_away() -> None:
    get_user_model().objects.update(is_active=False)


ENDINGS = {
    "revoked": lambda: revoke(ShareLink.objects.all()),
    "the password changed": lambda: ShareLink.objects.update(password="x"),
    "its maker sent away": send_its_maker_away,
    "in the trash": lambda: Image.objects.update(deleted_at="2026-01-01T00:00Z"),
}


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}], ids=["whole", "range"])
@pytest.mark.parametrize("end", ENDINGS)
def test_what_ends_while_the_bytes_come_from_a_slow_store_is_not_served(
    client, secret, image, monkeypatch, end, headers
):
    now, backend = [0.0], get_storage()

    def slowed(fetch):
        def fetched(key):
            ENDINGS[end]()
            now[0] += 1
            opened.append(fetch(key))
            return opened[-1]

        return fetched

    opened = []
    address = f"{base(secret, image)}/{SPEC}"
    assert client.get(address).status_code == 200
    monkeypatch.setattr(shares.time, "monotonic", lambda: now[0])
    for name in ("get", "open"):
        monkeypatch.setattr(backend, name, slowed(getattr(backend, name)))
    answer = client.get(address, headers=headers)
    assert problem(answer) == (404, "not_found")
    assert all(getattr(file, "closed", True) for file in opened)
    assert opened


def test_what_ends_while_it_is_drawn_is_not_served(client, contributor, secret, monkeypatch):
    image = add_image(make_image(seed=2, size=(800, 600)), uploaded_by=contributor, visibility="private")
    _, secret = make_share(contributor, image)
    address = f"{base(secret, image)}/full/max/0/default.webp"
    now, get = [0.0], shares.get_rendition

    def slow(*said):
        drawn = get(*said)
        revoke(ShareLink.objects.all())
        now[0] += 1
        return drawn

    monkeypatch.setattr(shares.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(shares, "get_rendition", slow)
    assert problem(client.get(address)) == (404, "not_found")
