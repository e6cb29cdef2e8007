"""The page of the search: choices as links, words as a form, every field with examples."""

from urllib.parse import parse_qs, urlsplit

import pytest

from images.catalogue.query import parse
from images.catalogue.query.fields import FIELDS
from images.models import Tag
from tests.clients.pages import Tags

pytestmark = pytest.mark.django_db


def test_it_explains_every_field_and_each_example_is_a_search(client):
    response = client.get("/search")
    page = response.content.decode()
    links = [attrs.get("href", "") for tag, attrs in Tags(response).all if tag == "a"]
    searches = {parse_qs(urlsplit(link).query).get("search", [""])[0] for link in links}
    for field in FIELDS.values():
        assert f"<code>{field.name}:</code>" in page
        assert set(field.examples) <= searches
    for search in searches:
        parse(search)


def test_it_offers_the_tags_that_the_person_sees(client, viewer):
    Tag.objects.create(name="Seen", key="seen", slug="seen", public=2, all=3)
    Tag.objects.create(name="Hidden", key="hidden", slug="hidden", public=0, all=9)
    Tag.objects.create(name="Empty", key="empty", slug="empty")
    for user, offered in ((None, {"Seen"}), (viewer, {"Seen", "Hidden"})):
        if user:
            client.force_login(user)
        page = client.get("/search").content.decode()
        assert {name for name in ("Seen", "Hidden", "Empty") if f"<bdi>{name}</bdi>" in page} == offered


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"tag": "black and white"}, 'kite tag:"black and white"'),
        ({"album": "summer-in-porto"}, "kite album:summer-in-porto"),
        ({"camera": "X-T5 "}, 'kite camera:"X-T5"'),
        ({"first": "2026-07-01", "last": "2026-07-31"}, "kite taken:2026-07"),
        ({"first": "2026-07-01"}, "kite taken:2026-07-01.."),
        ({"last": "2026-07-01", "camera": '"'}, "kite taken:..2026-07-01"),
        ({}, "kite"),
    ],
)
def test_words_lead_to_what_they_find(client, typed, found):
    response = client.get("/search", {"words": "1", "search": "kite taken:2001", **typed})
    assert response.status_code == 302
    assert parse_qs(urlsplit(response["Location"]).query) == {"search": [found]}


@pytest.mark.parametrize("typed", [{"first": "2026-07-02", "last": "2026-07-01"}, {"first": "soon"}])
def test_days_that_are_none_are_said_so(client, typed):
    response = client.get("/search", {"words": "1", **typed})
    assert response.status_code == 400
    assert "errorlist" in response.content.decode()


def test_the_form_shows_what_the_search_says(client):
    response = client.get("/search", {"search": 'camera:"X-T5" taken:2026-07'})
    values = {attrs["name"]: attrs.get("value") for _, attrs in Tags(response).all if "name" in attrs}
    assert (values["camera"], values["first"], values["last"]) == ("X-T5", "2026-07-01", "2026-07-31")


def test_it_costs_at_most_eight_queries(client, viewer, django_assert_max_num_queries):
    client.force_login(viewer)
    with django_assert_max_num_queries(8):
        client.get("/search?search=kite")
