"""The originals of a share link: /s/{secret}/{name}/file and /s/{secret}/download."""

import io

import pytest
from django.test import Client

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.shares import Shared, live_share
from images.catalogue.sharing import make_share, revoke, shares_of
from images.concurrency.turns import Turns
from images.errors import Unstrippable
from images.imaging.sandbox import inspect_image
from images.ingest import unlocated as copying
from images.ingest.unlocated import SPEC
from images.models import Image, Rendition, ShareLink
from images.serving import archives, shared_originals
from images.serving import shares as pictures
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.api import problem
from tests.factories import add_image, make_image, sha256
from tests.files.located import photo
from tests.integration.serving.test_downloads import unpacked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def turns(monkeypatch):
    """Let no test have the turns of another that failed."""
    monkeypatch.setattr(archives, "turns", Turns(archives.AT_ONCE))
    monkeypatch.setattr(archives, "turns_of_strangers", Turns(archives.OF_STRANGERS))


@pytest.fixture
def images(contributor) -> dict[str, Image]:
    plain = {"A": make_image(seed=1), "B": make_image(seed=2, size=(1200, 900))}
    return {
        name: add_image(data, filename=f"{name}.jpg", uploaded_by=contributor, visibility="private")
        for name, data in (plain | {"located": photo()}).items()
    }


@pytest.fixture
def album(contributor, images):
    album = create(contributor, title="Walk")
    file(contributor, album, [image.pk for image in images.values()])
    return album


def file_of(secret: str, image: Image) -> str:
    return f"/s/{secret}/{Shared(live_share(secret), secret).name_of(image)}/file"


def test_the_original_as_any_private_file(client, contributor, images):
    _, secret = make_share(contributor, images["A"], may_download=True)
    address = file_of(secret, images["A"])
    whole = client.get(address)
    assert (whole.status_code, sha256(whole.content)) == (200, images["A"].hash)
    assert whole["ETag"] == f'"{images["A"].hash}"'
    assert whole["Cache-Control"] == "private, no-cache"
    assert (whole["Referrer-Policy"], whole["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    assert whole["Cross-Origin-Resource-Policy"] == "same-origin"
    absent = {"Location", "Set-Cookie", "Access-Control-Allow-Origin", "Cache-Tag", "X-Accel-Expires", "Vary"}
    assert not absent & set(whole.headers)
    assert client.get(address, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    part = client.get(address, headers={"Range": "bytes=1-3"})
    assert (part.status_code, b"".join(part)) == (206, whole.content[1:4])
    assert client.head(address).status_code == 200
    assert problem(client.post(address)) == (405, "method_not_allowed")


def test_a_public_image_is_not_cached_by_its_link(client, contributor, images):
    _, secret = make_share(contributor, images["A"], may_download=True)
    Image.objects.update(visibility="public")
    assert client.get(file_of(secret, images["A"]))["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("may_locate", [False, True])
def test_where_it_was_taken_is_told_when_its_maker_says_so(client, contributor, images, may_locate):
    image = images["located"]
    _, secret = make_share(contributor, image, may_download=True, may_locate=may_locate)
    answer = client.get(file_of(secret, image))
    assert (sha256(answer.content) == image.hash) == may_locate
    assert answer["ETag"] == f'"{sha256(answer.content)}"'
    assert inspect_image(io.BytesIO(answer.content)).has_location == may_locate
    assert 'filename="located.jpg"' in answer["Content-Disposition"]


def test_a_copy_that_was_lost_is_made_again(client, contributor, images):
    image = images["located"]
    _, secret = make_share(contributor, image, may_download=True)
    first = client.get(file_of(secret, image)).content
    get_storage().delete(f"renditions/{sha256(first)}")
    again = client.get(file_of(secret, image))
    assert (again.status_code, again.content) == (200, first)


def test_all_in_one_archive(client, contributor, images, album, tmp_path):
    _, secret = make_share(contributor, album, may_download=True)
    head = client.head(f"/s/{secret}/download")
    answer = client.get(f"/s/{secret}/download")
    assert head["Content-Length"] == answer["Content-Length"]
    assert answer["Content-Disposition"] == 'attachment; filename="Walk.zip"'
    bag = unpacked(answer, tmp_path)
    files = {entry.rpartition("/")[2]: said["sha256"] for entry, said in bag.payload_entries().items()}
    assert files["A.jpg"] == images["A"].hash
    assert files["B.jpg"] == images["B"].hash
    assert files["located.jpg"] == Rendition.objects.get(spec=SPEC).hash != images["located"].hash


def test_with_the_places_where_its_maker_says_so(client, contributor, images, album, tmp_path):
    _, secret = make_share(contributor, album, may_download=True, may_locate=True)
    bag = unpacked(client.get(f"/s/{secret}/download"), tmp_path)
    hashes = {said["sha256"] for said in bag.payload_entries().values()}
    assert hashes == {image.hash for image in images.values()}
    assert not Rendition.objects.filter(spec=SPEC).exists()


def test_what_cannot_be_stripped_is_left_out_and_told(client, contributor, album, tmp_path, monkeypatch):
    def refuse(*args):
        raise Unstrippable("not without loss")

    monkeypatch.setattr(copying, "stripped", refuse)
    _, secret = make_share(contributor, album, may_download=True)
    bag = unpacked(client.get(f"/s/{secret}/download"), tmp_path)
    assert len(bag.payload_entries()) == 2
    assert bag.info["Left-Out"] == "located.jpg"

    image = Image.objects.get(filename="located.jpg")
    _, secret = make_share(contributor, image, may_download=True)
    assert problem(client.get(file_of(secret, image))) == (422, "invalid_image")
    assert client.get(f"/s/{secret}/download").status_code == 422


def test_copies_that_take_long_are_made_by_one_request_after_another(client, contributor, monkeypatch):
    located = [add_image(photo(seed), uploaded_by=contributor, visibility="private").pk for seed in range(3)]
    _, secret = make_share(contributor, located, may_download=True)
    monkeypatch.setattr(shared_originals, "COPYING_SECONDS", 0)
    for made in (1, 2):
        answer = client.head(f"/s/{secret}/download")
        assert (answer.status_code, Rendition.objects.filter(spec=SPEC).count()) == (503, made)
        assert answer["Retry-After"]
    assert client.head(f"/s/{secret}/download").status_code == 200


HIDDEN = {
    "never was": lambda share: ShareLink.objects.all().delete(),
    "revoked": lambda share: revoke(shares_of(share.maker)),
    "not to be downloaded": lambda share: ShareLink.objects.update(may_download=False),
    "with a password that was not given": lambda share: ShareLink.objects.update(password="x"),
    "in the trash": lambda share: Image.objects.update(deleted_at="2026-01-01T00:00Z"),
}


@pytest.mark.parametrize("end", HIDDEN)
def test_hidden_is_absent(client, contributor, images, end):
    share, secret = make_share(contributor, images["A"], may_download=True)
    addresses = file_of(secret, images["A"]), f"/s/{secret}/download"
    HIDDEN[end](share)
    other = secret[::-1]
    for address in addresses:
        answer, absent = client.get(address), client.get(address.replace(secret, other))
        assert (answer.status_code, answer.content) == (
            404,
            absent.content.replace(other.encode(), secret.encode()),
        )
        assert answer.headers == absent.headers


def test_revoked_while_it_is_opened(client, contributor, images, monkeypatch):
    _, secret = make_share(contributor, images["A"], may_download=True)
    address = file_of(secret, images["A"])
    read = Image.read

    def slow(image: Image) -> bytes:
        data = read(image)
        revoke(shares_of(contributor))
        return data

    monkeypatch.setattr(pictures, "SLOW_SECONDS", -1)
    monkeypatch.setattr(Image, "read", slow)
    assert problem(client.get(address)) == (404, "not_found")


def test_a_store_that_is_down(client, contributor, album, monkeypatch):
    def fail(*args):
        raise StorageUnavailable("down")

    _, secret = make_share(contributor, album, may_download=True)
    monkeypatch.setattr(get_storage(), "open_once", fail)
    assert problem(client.get(f"/s/{secret}/download")) == (500, "storage_error")


def test_one_stranger_at_a_time(client, contributor, album):
    _, secret = make_share(contributor, album, may_download=True)
    first = client.get(f"/s/{secret}/download")
    assert problem(Client().get(f"/s/{secret}/download")) == (503, "busy")
    b"".join(first)
    assert client.head(f"/s/{secret}/download").status_code == 200


def test_the_pages_offer_them_where_they_are_to_be_had(client, contributor, images, album):
    for may_download in (True, False):
        for of in (images["A"], album):
            _, secret = make_share(contributor, of, may_download=may_download)
            page = client.get(f"/s/{secret}").content.decode()
            offered = file_of(secret, images["A"]) in page or f"/s/{secret}/download" in page
            assert offered == may_download
