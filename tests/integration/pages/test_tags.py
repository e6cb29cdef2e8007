"""The pages of tags: who sees which, and what editors do to one."""

import pytest

from images.catalogue.tags import set_tags, tag_names
from images.models import Image, Tag
from tests.clients.pages import Tags
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(contributor) -> list[Image]:
    """Two public images of the coast, and a private one of a secret."""
    made = [
        add_image(make_image(seed=n), title=f"{n}", uploaded_by=contributor, visibility=visibility)
        for n, visibility in enumerate(("public", "public", "private"))
    ]
    for image, names in zip(made, (["Coast", "sea"], ["Coast"], ["Secret", "Coast"]), strict=True):
        set_tags(image, names)
    return made


def names(response) -> list[str]:
    return [
        a["href"].removeprefix("/tags/") for t, a in Tags(response).all if t == "a" and "/tags/" in a["href"]
    ]


def shown(response) -> set[str]:
    return {attrs["data-title"] for _, attrs in Tags(response).all if "data-title" in attrs}


def test_each_sees_the_tags_of_what_they_may_see(client, images, viewer):
    assert names(client.get("/tags")) == ["coast", "sea"]
    client.force_login(viewer)
    assert names(client.get("/tags")) == ["coast", "sea", "secret"]


def test_they_are_searched_and_ordered(client, images):
    assert names(client.get("/tags?search=OA")) == ["coast"]
    assert names(client.get("/tags?search=absent")) == []
    Tag.objects.filter(key="sea").update(public=9)
    assert names(client.get("/tags?order=count")) == ["sea", "coast"]


@pytest.mark.parametrize("query", ["?search=" + "x" * 101, "?order=x", "?search=%00", "?search=%25_"])
def test_no_text_is_an_error(client, images, query):
    assert client.get(f"/tags{query}").status_code == 200


def test_they_come_page_after_page(client, images, monkeypatch):
    monkeypatch.setattr("images.pages.tags.TAGS_ON_A_PAGE", 1)
    first = client.get("/tags")
    assert names(first) == ["coast"]
    assert names(client.get("/tags" + Tags(first).link(rel="next")["href"])) == ["sea"]
    assert client.get("/tags?cursor=x").status_code == 404


def test_a_tag_has_its_images_and_the_figure_of_who_asks(client, images, viewer):
    response = client.get("/tags/coast")
    assert shown(response) == {"0", "1"}
    assert "2 images" in response.content.decode()
    client.force_login(viewer)
    response = client.get("/tags/coast")
    assert shown(response) == {"0", "1", "2"}
    assert "3 images" in response.content.decode()


@pytest.mark.parametrize("slug", ["secret", "absent", "a%00b", "x" * 2000, "%C3%A9"])
def test_a_tag_that_does_not_exist_for_the_person_is_not_found(client, images, slug):
    assert client.get(f"/tags/{slug}").status_code == 404


def test_strangers_and_those_who_may_not_curate_change_nothing(client, images, contributor):
    for user in (None, contributor):
        if user:
            client.force_login(user)
        assert 'name="name"' not in client.get("/tags/coast").content.decode()
        for action in ({"action": "delete"}, {"action": "merge", "into": "sea"}, {"name": "x"}):
            assert client.post("/tags/coast", action).status_code == 403
    assert set(Tag.objects.values_list("key", flat=True)) == {"coast", "sea", "secret"}


def test_an_editor_renames_and_describes_it(client, images, editor):
    client.force_login(editor)
    said = {"name": "Shore", "description": "Where the sea begins.", "color": "#2450bd"}
    response = client.post("/tags/coast", said, follow=True)
    assert response.redirect_chain == [("/tags/shore", 302)]
    page = response.content.decode()
    assert "Where the sea begins." in page
    assert 'fill="#2450bd"' in page
    assert tag_names(Image.objects.get(title="1")) == ["Shore"]


@pytest.mark.parametrize("said", [{"name": ""}, {"name": "sea"}, {"name": "Coast", "color": "red"}])
def test_what_is_refused_is_said_and_nothing_is_changed(client, images, editor, said):
    client.force_login(editor)
    response = client.post("/tags/coast", said)
    assert response.status_code == 400
    assert "errorlist" in response.content.decode()
    assert "<bdi>Coast</bdi>" in response.content.decode()
    assert Tag.objects.get(key="coast").color == ""


def test_an_editor_merges_it(client, images, editor):
    client.force_login(editor)
    assert client.post("/tags/sea", {"action": "merge", "into": "absent"}).status_code == 400
    assert client.post("/tags/sea", {"action": "merge", "into": "SEA"}).status_code == 400
    response = client.post("/tags/sea", {"action": "merge", "into": "coast"}, follow=True)
    assert response.redirect_chain == [("/tags/coast", 302)]
    assert not Tag.objects.filter(key="sea").exists()


def test_an_editor_deletes_it(client, images, editor):
    client.force_login(editor)
    response = client.post("/tags/coast", {"action": "delete"}, follow=True)
    assert response.redirect_chain == [("/tags", 302)]
    assert tag_names(Image.objects.get(title="0")) == ["sea"]
    assert Image.objects.count() == 3


def test_the_page_of_an_image_leads_to_its_tags(client, images):
    assert names(client.get(images[0].get_absolute_url())) == ["coast", "sea"]


@pytest.mark.parametrize("path", ["/tags", "/tags/coast"])
def test_they_cost_at_most_eight_queries(client, images, editor, path, django_assert_max_num_queries):
    client.force_login(editor)
    with django_assert_max_num_queries(8):
        client.get(path)


# --- Its images selected ---------------------------------------------------------------------------


def send(client, action: str, *images, page="/tags/coast", **said) -> str:
    """Return the page that follows, which is the same."""
    response = client.post(
        page, {"action": action, "images": [image.pk for image in images], **said}, follow=True
    )
    assert response.redirect_chain == [(page, 302)]
    return response.content.decode()


def test_images_are_selected_there(client, images, viewer, contributor):
    for user, is_offered in ((None, False), (viewer, True), (contributor, True)):
        if user:
            client.force_login(user)
        page = client.get("/tags/coast").content.decode()
        assert (f'name="images" value="{images[0].pk}"' in page) == is_offered
    assert "2 images are without these tags." in send(client, "untag", *images[:2], tags="coast")
    assert tag_names(images[0]) == ["sea"]
    page = send(client, "trash", images[2], page="/tags/coast?x=1")
    assert 'id="undo" method="post" action="/tags/coast?x=1"' in page
    assert "1 image is back in the library." in send(client, "restore", images[2])


def test_all_with_the_tag_are_selected_beyond_the_page(client, images, contributor, monkeypatch):
    client.force_login(contributor)
    assert 'name="every"' not in client.get("/tags/coast").content.decode()
    monkeypatch.setattr("images.catalogue.cursors.PAGE_SIZE", 2)
    assert 'name="every" value="3"' in client.get("/tags/coast").content.decode()
    assert "By now these are not as many any more." in send(client, "hide", every=2)
    assert "3 images are private now." in send(client, "hide", every=3)


def test_nothing_is_taken_out_of_a_tag_as_of_an_album(client, images, editor):
    client.force_login(editor)
    assert 'value="unfile"' not in client.get("/tags/coast").content.decode()
    assert client.post("/tags/coast", {"action": "unfile", "images": [images[0].pk]}).status_code == 403
