"""Addresses that no page of the admin has."""

import pytest

from tests.factories import add_image, make_user

pytestmark = pytest.mark.django_db

IMAGES = "/admin/images/image/"


@pytest.fixture
def root(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    client.raise_request_exception = False
    add_image(title="The harbour")
    return client


@pytest.mark.parametrize(
    "query",
    [
        *("hash__regex=(", "title__iregex=[", "metadata__camera__regex=(", "title__regex=(a*)*b"),
        *("created_at__year=99999999999999999999", "created_at__year=0", "created_at__iso_year=0"),
        "width__range=1",
    ],
)
def test_a_look_up_without_sense_is_refused(root, query):
    response = root.get(f"{IMAGES}?{query}")
    assert response.status_code == 400
    assert "The request is not valid" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        *(
            "q=%00",
            "mime_type__exact=%00",
            "title__contains=%00",
            "metadata__a%00b=1",
            "metadata__has_key=%00",
        ),
        *("visibility__exact=%00", "uploaded_by__id__exact=%00", "id__exact=%00", "%00=1", "p=%00", "o=%00"),
        *(
            "metadata__contains=5",
            "size__gte=999999999999999999999999",
            "size__in=99999999999999999999999999",
            "created_at__gte=9999-12-31T23:59:59-10:00",
            "created_at__gte=99999-01-01",
            "id__in=1",
        ),
    ],
)
def test_no_look_up_is_an_error_of_the_server(root, query):
    """What each database makes of these is its own: nothing found, or no sense."""
    assert root.get(f"{IMAGES}?{query}").status_code in (200, 302, 400)


@pytest.mark.parametrize(
    "path", [f"{IMAGES}%00/change/", "/admin/knox/authtoken/%00/change/", "/admin/r/1/%00/", "/admin/%00"]
)
def test_no_address_has_a_nul(root, path):
    assert root.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/admin/auth/user/?username__regex=(", "/admin/auth/group/?name__regex=("])
def test_it_holds_for_every_list(root, path):
    assert root.get(path).status_code == 400


def test_look_ups_with_sense_find(root):
    for query in ("title__contains=harbour", "visibility__exact=public", "created_at__year__gte=2000"):
        assert "The harbour" in root.get(f"{IMAGES}?{query}").content.decode()


def test_what_fails_without_being_asked_for_stays_an_error(root, monkeypatch):
    def fail(*args):
        raise ValueError("a mistake of ours")

    monkeypatch.setattr("images.admin.images.ImageAdmin.get_queryset", fail)
    assert root.get(IMAGES).status_code == 500


@pytest.mark.parametrize(
    "query",
    ["metadata__location__0__startswith=48", "metadata__icontains=48.85", "source_hash__startswith=a"],
)
def test_nobody_looks_up_what_the_file_said_that_was_sent(root, query):
    """The page tells it to those alone who may edit the image."""
    assert root.get(f"{IMAGES}?{query}").status_code == 400


def test_a_list_counts_no_facets(root):
    page = root.get(f"{IMAGES}?_facets=True&q=harbour").content.decode()
    assert "The harbour" in page
    assert "Hide counts" not in page
