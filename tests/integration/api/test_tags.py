"""/api/v1/tags, and the tags of an image."""

import pytest
from django.contrib.auth.models import Permission

from images.catalogue import tag_curation
from images.catalogue.tags import make_tag
from images.models import Image, Tag
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_image, make_user, said_of

pytestmark = pytest.mark.django_db

TAGS = "/api/v1/tags"
COAST = {"name": "Coast", "slug": "coast", "description": "", "color": "", "count": 1}


@pytest.fixture
def tagged(contributor) -> Image:
    """A public image; a private one has a tag of its own."""
    add_image(make_image(seed=1), tags=["Coast", "Secret"], visibility="private", uploaded_by=contributor)
    return add_image(tags=["Coast", "Élan"], uploaded_by=contributor)


def names(response) -> list[str]:
    assert response.status_code == 200
    return [tag["name"] for tag in response.json()["results"]]


def refused(response) -> str:
    assert problem(response) == (400, "validation_error")
    ((field, sentences),) = response.json()["errors"].items()
    assert all(sentence.endswith(".") for sentence in sentences)
    return field


# --- Reading ---------------------------------------------------------------------------------------


def test_tags_are_listed_by_name_with_how_many_images_have_them(tagged, viewer, stranger):
    assert client_of().get(TAGS).json()["results"] == [
        COAST,
        {"name": "Élan", "slug": "elan", "description": "", "color": "", "count": 1},
    ]
    assert names(client_of(stranger).get(TAGS)) == ["Coast", "Élan"]
    assert names(client_of(viewer).get(TAGS)) == ["Coast", "Élan", "Secret"]
    assert client_of(viewer).get(f"{TAGS}/coast").json() == COAST | {"count": 2}
    assert client_of().get(f"{TAGS}/coast").json() == COAST


@pytest.mark.parametrize("slug", ["secret", "nowhere", "a%00b", "COAST"])
def test_a_tag_of_no_public_image_does_not_exist(tagged, stranger, slug):
    for person in (None, stranger):
        response = client_of(person).get(f"{TAGS}/{slug}")
        assert problem(response) == (404, "not_found")
        assert response.json()["detail"] == "Not found."


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=co", ["Coast"]),
        ("search=SÉC", ["Secret"]),
        ("search=a", ["Coast", "Élan"]),
        ("search=", ["Coast", "Élan", "Secret"]),
        ("search=%25", []),
        ("ordering=-name", ["Secret", "Élan", "Coast"]),
        ("ordering=-count", ["Coast", "Élan", "Secret"]),
        ("ordering=count", ["Secret", "Élan", "Coast"]),
    ],
)
def test_they_are_searched_and_ordered(tagged, viewer, query, expected):
    assert names(client_of(viewer).get(f"{TAGS}?{query}")) == expected


@pytest.mark.parametrize("query", ["ordering=slug", "search=" + "x" * 101, "search=%00", "cursor=x"])
def test_what_is_no_list_of_tags_is_refused(query):
    assert refused(client_of().get(f"{TAGS}?{query}")) == query.partition("=")[0]


@pytest.mark.parametrize("ordering", ["name", "-name", "count", "-count"])
def test_pages_have_each_tag_once(viewer, ordering):
    Tag.objects.bulk_create(
        Tag(name=f"t {n}", key=f"t {n}", slug=f"t-{n}", all=n % 3, public=n % 2) for n in range(120)
    )
    for person, number in ((viewer, 120), (None, 60)):
        seen, address = [], f"{TAGS}?ordering={ordering}"
        while address:
            page = client_of(person).get(address).json()
            seen += page["results"]
            address = page["next"]
        key = {"name": lambda tag: tag["name"], "count": lambda tag: tag["count"]}[ordering.lstrip("-")]
        assert [*map(key, seen)] == sorted(map(key, seen), reverse=ordering.startswith("-"))
        assert len({tag["slug"] for tag in seen}) == number


def test_answers_are_the_callers_own():
    response = client_of().get(TAGS)
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "Authorization"} <= set(response["Vary"].split(", "))


# --- Curating ---------------------------------------------------------------------------------------


def test_an_editor_makes_describes_renames_and_deletes(editor, tagged):
    client = client_of(editor)
    response = client.post(TAGS, {"name": " New  tag ", "color": "#aabbcc"}, format="json")
    made = {"name": "New  tag", "slug": "new-tag", "description": "", "color": "#aabbcc", "count": 0}
    assert (response.status_code, response.json()) == (201, made)
    assert response["Location"] == f"{TAGS}/new-tag"
    said = {"description": "Where the sea\nends.", "color": "#001122"}
    assert client.patch(f"{TAGS}/coast", said, format="json").json() == COAST | said | {"count": 2}
    renamed = client.patch(f"{TAGS}/coast", {"name": "Shore", "slug": "ignored"}, format="json").json()
    assert renamed == COAST | said | {"name": "Shore", "slug": "shore", "count": 2}
    assert client.get(f"{TAGS}/coast").status_code == 404
    assert client.get(f"{IMAGES}/{tagged.pk}").json()["tags"] == ["Élan", "Shore"]
    assert client.delete(f"{TAGS}/shore").status_code == 204
    assert client.get(f"{IMAGES}/{tagged.pk}").json()["tags"] == ["Élan"]


def test_an_editor_merges(editor, tagged):
    merged = client_of(editor).post(f"{TAGS}/secret/merge", {"into": "coast"}, format="json")
    assert (merged.status_code, merged.json()) == (200, COAST | {"count": 2})
    assert names(client_of(editor).get(TAGS)) == ["Coast", "Élan"]


def test_a_merge_that_takes_long_is_asked_for_again(editor, tagged, monkeypatch):
    monkeypatch.setattr(tag_curation, "SECONDS", 0)
    monkeypatch.setattr(tag_curation.merge, "__defaults__", (0, None))
    response = client_of(editor).post(f"{TAGS}/coast/merge", {"into": "secret"}, format="json")
    assert problem(response) == (503, "busy")
    assert response["Retry-After"]
    again = client_of(editor).post(f"{TAGS}/coast/merge", {"into": "secret"}, format="json")
    assert (again.status_code, again.json()["count"]) == (200, 2)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "cÖast"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "\u0301"}, "name"),
        ({"name": None}, "name"),
        ({"name": ["a"]}, "name"),
        ({"color": "red"}, "color"),
        ({"color": "#AABBCC"}, "color"),
        ({"description": "x" * 1_001}, "description"),
        ({"colour": "#aabbcc"}, "colour"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(editor, tagged, sent, field):
    client = client_of(editor)
    before = list(Tag.objects.values())
    assert refused(client.patch(f"{TAGS}/elan", sent, format="json")) == field
    assert refused(client.post(TAGS, {"name": "new"} | sent, format="json")) == field
    assert list(Tag.objects.values()) == before


@pytest.mark.parametrize("into", ["nowhere", "coast", "", None])
def test_a_tag_merges_into_another_that_is_there(editor, tagged, into):
    assert refused(client_of(editor).post(f"{TAGS}/coast/merge", {"into": into}, format="json")) == "into"
    assert Tag.objects.count() == 3


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("post", TAGS),
        ("patch", f"{TAGS}/coast"),
        ("delete", f"{TAGS}/coast"),
        ("post", f"{TAGS}/coast/merge"),
        ("delete", f"{TAGS}/secret"),
    ],
)
def test_others_change_no_tag_and_learn_of_none(tagged, contributor, stranger, method, address):
    curator = make_user("curator")  # who would learn of tags that are hidden from them
    curator.user_permissions.add(Permission.objects.get(codename="change_image"))
    before = list(Tag.objects.values())
    for person, expected in (
        (None, (401, "not_authenticated")),
        (stranger, (403, "permission_denied")),
        (contributor, (403, "permission_denied")),
        (curator, (403, "permission_denied")),
    ):
        response = getattr(client_of(person), method)(address, {"name": "x", "into": "elan"}, format="json")
        assert problem(response) == expected
    assert list(Tag.objects.values()) == before


# --- On an image --------------------------------------------------------------------------------------


def change(person, image: Image, headers=None, **sent):
    return client_of(person).post(f"{IMAGES}/{image.pk}/tags", sent, format="json", headers=headers)


def test_tags_are_added_and_removed_without_reading_first(tagged, contributor):
    answer = change(contributor, tagged, add=["Boat", "coast"], remove=["ELAN", "nowhere"])
    assert (answer.status_code, answer.json()["tags"]) == (200, ["Boat", "Coast"])
    assert answer["ETag"] == client_of(contributor).get(f"{IMAGES}/{tagged.pk}")["ETag"]
    assert change(contributor, tagged).json()["tags"] == ["Boat", "Coast"]


def test_if_match_is_honoured(tagged, contributor):
    etag = client_of(contributor).get(f"{IMAGES}/{tagged.pk}")["ETag"]
    assert change(contributor, tagged, {"If-Match": etag}, add=["x"]).status_code == 200
    assert problem(change(contributor, tagged, {"If-Match": etag}, add=["y"])) == (412, "precondition_failed")
    assert said_of(tagged, "tags") == {"tags": ["Coast", "Élan", "x"]}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"add": "x"}, "add"),
        ({"add": ["x" * 101]}, "add"),
        ({"add": [1]}, "add"),
        ({"add": ["a"], "remove": ["Á"]}, "remove"),
        ({"remove": None}, "remove"),
        ({"tags": ["x"]}, "tags"),
        ({"add": [str(n) for n in range(99)]}, "add"),  # besides two
    ],
)
def test_what_no_image_has_is_refused(tagged, contributor, sent, field):
    assert refused(change(contributor, tagged, **sent)) == field
    assert said_of(tagged, "tags") == {"tags": ["Coast", "Élan"]}
    assert Tag.objects.count() == 3


def test_who_may_not_edit_an_image_does_not_tag_it(tagged, viewer, editor):
    private = Image.objects.get(visibility="private")
    assert problem(change(None, tagged, add=["x"])) == (401, "not_authenticated")
    assert problem(change(viewer, tagged, add=["x"])) == (403, "permission_denied")
    assert problem(change(make_user("other"), private, add=["x"])) == (404, "not_found")
    assert change(editor, private, add=["x"]).json()["tags"] == ["Coast", "Secret", "x"]


def test_a_form_says_each_by_itself(tagged, contributor):
    sent = {"add": ["a", "b"], "remove": ["coast", "élan"]}
    answer = client_of(contributor).post(f"{IMAGES}/{tagged.pk}/tags", sent, format="multipart")
    assert answer.json()["tags"] == ["a", "b"]


def test_one_who_owns_a_private_image_reads_its_tags_and_finds_no_page_of_them(tagged, stranger):
    Image.objects.filter(visibility="private").update(uploaded_by=stranger)
    private = Image.objects.get(visibility="private")
    assert client_of(stranger).get(f"{IMAGES}/{private.pk}").json()["tags"] == ["Coast", "Secret"]
    assert client_of(stranger).get(f"{TAGS}/secret").status_code == 404


def test_an_unused_tag_exists_for_people_alone(viewer):
    make_tag("later")
    assert names(client_of(viewer).get(TAGS)) == ["later"]
    assert names(client_of().get(TAGS)) == []
