"""Which status each page has for each kind of person."""

import re

import pytest

pytestmark = pytest.mark.django_db

PAGES = {
    # path: status for anonymous, stranger, viewer, contributor, editor
    "/": (200, 200, 200, 200, 200),
    "/search": (200, 200, 200, 200, 200),
    "/albums": (200, 200, 200, 200, 200),
    "/albums/absent": (404, 404, 404, 404, 404),
    "/albums/absent/history": (404, 404, 404, 404, 404),
    "/tags/absent/history": (404, 404, 404, 404, 404),
    "/tags": (200, 200, 200, 200, 200),
    "/tags/absent": (404, 404, 404, 404, 404),
    "/words": (302, 200, 200, 200, 200),
    "/upload": (302, 403, 403, 200, 200),
    "/selection": (302, 200, 200, 200, 200),
    "/selection?uploaded_after=2026-01-01T00:00:00Z": (302, 200, 200, 200, 200),
    "/selection?uploaded_after=x": (302, 404, 404, 404, 404),
    "/trash": (302, 200, 200, 200, 200),
    "/account": (302, 200, 200, 200, 200),
    "/accounts/email": (302, 200, 200, 200, 200),
    "/accounts/reset": (404, 404, 404, 404, 404),  # where no mail is sent
    "/accounts/reset/Mg/abc-0123": (404, 404, 404, 404, 404),
    "/accounts/invitations": (302, 403, 403, 403, 200),
    "/accounts/join/absent": (404, 404, 404, 404, 404),
    "/shares": (302, 200, 200, 200, 200),
    "/shares/new": (302, 404, 404, 404, 404),
    "/shares/new?search=kite": (302, 200, 200, 200, 200),
    "/shares/new?search=%22": (302, 400, 400, 400, 400),
    "/shares/00000000-0000-0000-0000-000000000000": (302, 404, 404, 404, 404),
    "/accounts/login": (200, 200, 200, 200, 200),
    "/accounts/password": (302, 200, 200, 200, 200),
    "/s/absent": (404, 404, 404, 404, 404),
    "/s/absent/00000000-0000-4000-8000-000000000000": (404, 404, 404, 404, 404),
    "/nowhere": (404, 404, 404, 404, 404),
}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_every_kind_of_person(client, path, stranger, viewer, contributor, editor):
    people = (None, stranger, viewer, contributor, editor)
    for user, status in zip(people, PAGES[path], strict=True):
        client.logout()
        if user:
            client.force_login(user)
        response = client.get(path)
        assert response.status_code == status, user
        if status != 302:
            assert "<h1" in response.content.decode()
            assert re.search(r'<meta name="description" content="[^"]{10,}">', response.content.decode())
            assert "public" not in response["Cache-Control"]
