"""The admin's tags: found, described, renamed, merged and deleted."""

import pytest
from django.contrib.admin.models import LogEntry

from images.catalogue.tags import tag_names
from images.models import Image, Tag
from tests.clients.pages import Form
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/images/tag/"


@pytest.fixture
def curator(client):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    return client


@pytest.fixture(autouse=True)
def images() -> list[Image]:
    return [
        add_image(tags=["Coast", "Élan"]),
        add_image(make_image(seed=1), tags=["coats"], visibility="private"),
    ]


def pk(key: str) -> str:
    return str(Tag.objects.get(key=key).pk)


def change(client, key: str, **sent):
    address = f"{LIST}{pk(key)}/change/"
    form = Form(client.get(address), "description")
    return client.post(address, form.filled(**sent))


def act(client, action: str, *keys: str, **sent):
    chosen = {"action": action, "_selected_action": [pk(key) for key in keys]}
    return client.post(LIST, chosen | sent)


@pytest.mark.parametrize(("query", "shown"), [("", 3), ("?q=ELAN", 1), ("?q=co", 2), ("?q=x", 0)])
def test_tags_are_listed_and_found(curator, query, shown):
    page = curator.get(LIST + query).content.decode()
    assert (
        sum(f'/change/">{name}' in page or f">{name}</a>" in page for name in ("Coast", "Élan", "coats"))
        == shown
    )


def test_a_list_of_many_tags_costs_few_queries(curator, django_assert_max_num_queries):
    Tag.objects.bulk_create(Tag(name=f"t {n}", key=f"t {n}", slug=f"t-{n}") for n in range(2_000))
    with django_assert_max_num_queries(8):
        page = curator.get(LIST).content.decode()
    assert page.count('name="_selected_action"') == 100


def test_a_tag_is_described_and_renamed(curator, images):
    sent = {"name": "Shore", "description": "Where the sea ends.", "color": "#001122"}
    assert change(curator, "coast", **sent).status_code == 302
    assert Tag.objects.values_list("name", "slug", "description", "color", "all").get(key="shore") == (
        *("Shore", "shore", "Where the sea ends.", "#001122", 1),
    )
    assert tag_names(images[0]) == ["Élan", "Shore"]
    assert change(curator, "elan", name="ÉLAN").status_code == 302
    assert Tag.objects.get(key="elan").name == "ÉLAN"
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"name": "COATS"}, "There is a tag of this name."),
        ({"name": "\u0301"}, "a letter, a digit or a sign"),
        ({"name": ""}, "This field is required."),
        ({"color": "red"}, "#rrggbb"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(curator, sent, message):
    response = change(curator, "coast", **sent)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert Tag.objects.get(key="coast").name == "Coast"


def test_a_tag_is_made(curator):
    sent = {"name": " New  tag", "description": "", "color": ""}
    assert curator.post(f"{LIST}add/", sent).status_code == 302
    assert Tag.objects.get(key="new tag").slug == "new-tag"


def test_chosen_tags_are_merged_into_one_of_them(curator, images):
    page = act(curator, "merge", "coast", "coats").content.decode()
    assert "Coast</bdi> (1)" in page
    assert (
        act(curator, "merge", "coast", "coats", into=pk("elan")).status_code == 200
    )  # none of them: asked again
    assert act(curator, "merge", "coast", "coats", into=pk("coast")).status_code == 302
    assert [tag_names(image) for image in images] == [["Coast", "Élan"], ["Coast"]]
    assert not Tag.objects.filter(key="coats").exists()


def test_chosen_tags_are_deleted_once_that_is_confirmed(curator, images):
    assert "Élan</bdi> (1)" in act(curator, "delete", "elan", "coats").content.decode()
    assert Tag.objects.count() == 3
    page = curator.post(
        LIST,
        {"action": "delete", "_selected_action": [pk("elan"), pk("coats")], "confirmed": "yes"},
        follow=True,
    )
    assert "2 tags were deleted." in page.content.decode()
    assert [tag_names(image) for image in images] == [["Coast"], []]
    assert curator.get(f"{LIST}{pk('coast')}/delete/").status_code == 403


def test_not_all_tags_at_once(curator, monkeypatch):
    monkeypatch.setattr("images.admin.tags.MOST", 1)
    sent = {"action": "delete", "_selected_action": [pk("elan"), pk("coats")], "confirmed": "yes"}
    page = curator.post(LIST, sent, follow=True).content.decode()
    assert "Choose at most 1 tags at once." in page
    assert Tag.objects.count() == 3


def test_those_who_only_see_change_nothing(client):
    client.force_login(make_user("visitor", "Viewers", is_staff=True))
    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}{pk('coast')}/change/").status_code == 200
    assert client.post(f"{LIST}{pk('coast')}/change/", {"name": "x"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    act(client, "delete", "coast", confirmed="yes")
    assert Tag.objects.count() == 3


def test_those_who_see_no_private_image_see_no_tags(client):
    client.force_login(make_user("staff", is_staff=True))
    assert client.get(LIST).status_code == 403
