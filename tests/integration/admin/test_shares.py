"""Share links in the admin: looked at and ended, never made or changed; no secret is shown."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.admin import lists as admin_lists
from images.admin import shares as admin_shares
from images.catalogue.album_curation import create
from images.catalogue.shares import live_share
from images.catalogue.sharing import make_share
from images.models import ShareLink
from tests.clients.pages import Tags
from tests.factories import add_image, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/images/sharelink/"


@pytest.fixture
def root(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def rows(page: str) -> int:
    return page.count('name="_selected_action"')


def test_what_is_told_of_them(root, contributor, editor):
    image = add_image(title="Kite", uploaded_by=contributor)
    album = create(editor, "Summer in Porto")
    ends = timezone.now() + timedelta(days=1)
    made = [
        make_share(contributor, image, note="Ana", password="open sesame"),
        make_share(editor, album, expires_at=ends),
        make_share(editor, "tag:walk"),
        make_share(contributor, [image.pk]),
    ]
    page = root.get(LIST).content.decode()
    for words in ("Ana", "contributor", "editor", "Kite", "Summer in Porto", "tag:walk", "a selection"):
        assert words in page
    for share, secret in made:
        one = root.get(f"{LIST}{share.pk}/change/")
        assert one.status_code == 200
        for text in (page, one.content.decode()):
            assert secret not in text
            assert share.digest not in text
            assert "pbkdf2" not in text


def test_some_are_ended_and_all(root, contributor):
    links = [make_share(contributor, "tag:walk") for _ in range(3)]
    chosen = {"action": "end", "_selected_action": [links[0][0].pk]}
    answer = root.post(LIST, chosen, follow=True)
    assert "1 link was ended." in answer.content.decode()
    with pytest.raises(ShareLink.DoesNotExist):
        live_share(links[0][1])
    assert live_share(links[1][1])
    every = {"action": "end", "_selected_action": [links[1][0].pk], "select_across": "1"}
    assert "2 links were ended." in root.post(LIST, every, follow=True).content.decode()
    for _, secret in links:
        with pytest.raises(ShareLink.DoesNotExist):
            live_share(secret)
    assert ShareLink.objects.count() == 3


def test_none_is_made_or_changed(root, contributor):
    share, secret = make_share(contributor, "tag:walk", note="Ana")
    assert root.get(f"{LIST}add/").status_code == 403
    assert root.post(f"{LIST}{share.pk}/change/", {"note": "Ben"}).status_code == 403
    assert live_share(secret).note == "Ana"


def test_one_that_is_deleted_lists_no_entries(root, contributor):
    image = add_image(uploaded_by=contributor)
    share, _ = make_share(contributor, [image.pk], note="Ana")
    asked = root.get(f"{LIST}{share.pk}/delete/").content.decode()
    assert "Ana" in asked
    assert str(image.pk) not in asked
    root.post(f"{LIST}{share.pk}/delete/", {"post": "yes"})
    assert not ShareLink.objects.exists()


def test_editors_have_no_part_in_it(client, contributor):
    make_share(contributor, "tag:walk")
    client.force_login(make_user("curator", "Editors", is_staff=True))
    assert client.get(LIST).status_code == 403
    assert LIST not in client.get("/admin/").content.decode()


def test_the_links_of_a_person_are_found_by_their_name(root, contributor, editor):
    make_share(contributor, "tag:walk")
    make_share(editor, "tag:walk")
    assert rows(root.get(f"{LIST}?q=CONTRIB").content.decode()) == 1
    assert rows(root.get(f"{LIST}?q=nobody").content.decode()) == 0


def test_a_person_with_links_is_deleted_and_their_links_end(root, contributor):
    make_share(contributor, "tag:walk")
    answer = root.post(f"/admin/auth/user/{contributor.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not ShareLink.objects.exists()


def test_a_long_list_is_counted_and_sorted_no_further_than_it_is_shown(root, contributor, monkeypatch):
    monkeypatch.setattr(admin_lists, "MOST", 4)
    monkeypatch.setattr(admin_shares.ShareAdmin, "list_per_page", 2)
    for number in range(6):
        make_share(contributor, "tag:walk", note=f"No. {number}")
    with CaptureQueriesContext(connection) as asked:
        page = root.get(LIST)
    assert [text in page.content.decode() for text in ("No. 5", "No. 4", "No. 3")] == [True, True, False]
    counts = [query["sql"] for query in asked if "COUNT(" in query["sql"]]
    assert all("LIMIT 4" in sql for sql in counts if "sharelink" in sql)
    assert len(asked) <= 7
    assert "No. 2" in root.get(f"{LIST}?p=2").content.decode()
    assert not [a for tag, a in Tags(page).all if tag == "a" and "?o=" in a.get("href", "")]
