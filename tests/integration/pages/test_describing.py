"""/words: from image to image that lacks its words, each shown with them in fields."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.catalogue import undescribed
from images.catalogue.trash import purge, trash
from images.models import Change, Image
from images.pages import describing
from tests.clients.pages import Form, Tags
from tests.factories import add_image, make_image, said_of

pytestmark = pytest.mark.django_db

WORDS = "/words"


@pytest.fixture
def images(client, contributor) -> list[Image]:
    """Five of the contributor, who is signed in, the newest first; the third has its words."""
    added = [
        add_image(make_image(seed=seed), filename=f"{seed}.jpg", uploaded_by=contributor) for seed in range(5)
    ]
    for seed, image in enumerate(added):
        Image.objects.filter(pk=image.pk).update(created_at=image.created_at - timedelta(days=seed))
    Image.objects.filter(pk=added[2].pk).update(alt_text="A kite.")
    client.force_login(contributor)
    return [Image.objects.get(pk=image.pk) for image in added]


def at(image: Image) -> str:
    return f"{WORDS}/{image.pk}"


def follow(client, path: str) -> tuple[str, object]:
    """Return the address without its query, and the page, where a link of the walk leads."""
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return response.redirect_chain[-1][0].partition("?")[0] if response.redirect_chain else path, response


def link(response, words: str) -> str | None:
    """Return where the link with these words leads."""
    text = response.content.decode()
    before, found, _ = text.partition(f">{words}</a>")
    return before.rpartition('href="')[2].rstrip('"').replace("&amp;", "&") if found else None


def send(client, response, *, decorative: str = "false", **typed: str):
    form = Form(response, "alt_text")
    return client.post(response.wsgi_request.path, form.filled(**typed) | {"decorative": decorative})


def test_it_goes_through_what_lacks_words_and_says_how_many_are_left(client, images):
    address, page = follow(client, WORDS)
    assert address == at(images[0])
    assert "4 images lack their words." in page.content.decode()
    assert link(page, "Back") is None
    response = send(client, page, alt_text="A red kite.", title="Kite")
    assert said_of(images[0], "alt_text", "title", "decorative") == {
        "alt_text": "A red kite.",
        "title": "Kite",
        "decorative": False,
    }
    assert sorted(Change.objects.get(target=str(images[0].pk)).after) == ["alt_text", "title"]
    address, page = follow(client, response["Location"])
    assert address == at(images[1])
    assert "3 images lack their words." in page.content.decode()


def test_what_is_decorative_needs_none_until_it_is_said_otherwise(client, images):
    page = client.get(at(images[0]))
    response = send(client, page, decorative="true")
    assert said_of(images[0], "alt_text", "decorative") == {"alt_text": "", "decorative": True}
    assert follow(client, response["Location"])[0] == at(images[1])
    page = client.get(at(images[0]))
    assert Tags(page).all.count(("button", pressed(page))) == 1
    send(client, page, alt_text="A kite after all.")
    assert said_of(images[0], "alt_text", "decorative") == {
        "alt_text": "A kite after all.",
        "decorative": False,
    }


def pressed(page) -> dict:
    return next(a for tag, a in Tags(page).all if tag == "button" and a.get("aria-pressed") == "true")


def test_what_was_skipped_does_not_come_again(client, images):
    address, page = follow(client, WORDS)
    walked = [address]
    while skip := link(page, "Skip"):
        address, page = follow(client, skip)
        walked.append(address)
    assert walked[:-1] == [at(image) for image in (images[0], images[1], images[3], images[4])]
    assert "These were all" in page.content.decode()
    assert "4 images lack their words." in page.content.decode()
    assert link(page, "Begin again") == WORDS


def test_back_leads_to_the_one_that_one_came_from_though_it_has_its_words(client, images):
    page = client.get(at(images[1]))
    assert link(page, "Back") == at(images[0])
    response = send(client, page, alt_text="A kite.")
    address, page = follow(client, response["Location"])
    assert address == at(images[3])
    assert link(page, "Back") == at(images[1])
    assert Form(client.get(at(images[1])), "alt_text").fields["alt_text"] == "A kite."


@pytest.mark.parametrize("back", ["x", "00000000-0000-0000-0000-000000000000"])
def test_back_from_nowhere_leads_to_the_one_before_that_lacks_its_words(client, images, back):
    assert link(client.get(f"{at(images[3])}?back={back}"), "Back") == at(images[1])


def test_the_place_outlives_its_image(client, images):
    skip = link(client.get(at(images[0])), "Skip")
    trash(images[0])
    purge(images[0])
    assert follow(client, skip)[0] == at(images[1])


def test_where_none_lacks_words_it_says_so(client, images):
    Image.objects.update(alt_text="A kite.")
    page = client.get(WORDS)
    assert "No image lacks its words" in page.content.decode()
    assert client.get(f"{WORDS}?cursor=x").status_code == 404


def test_more_than_so_many_are_not_counted(client, images, monkeypatch):
    for module in (undescribed, describing):
        monkeypatch.setattr(module, "MAX_COUNT", 2)
    assert "More than 2 images lack their words." in client.get(at(images[0])).content.decode()


def test_what_another_wrote_meanwhile_is_said_and_not_lost(client, images):
    page = client.get(at(images[0]))
    Image.objects.filter(pk=images[0].pk).update(alt_text="Of another.")
    response = send(client, page, alt_text="Mine.")
    assert response.status_code == 400
    assert "Of another." in response.content.decode()
    assert said_of(images[0], "alt_text") == {"alt_text": "Of another."}
    assert send(client, response, alt_text="Mine.").status_code == 302
    assert said_of(images[0], "alt_text") == {"alt_text": "Mine."}


def test_the_gallery_leads_there_who_may_describe(client, images, viewer, editor):
    for person, leads in ((images[0].uploaded_by, True), (editor, True), (viewer, False)):
        client.force_login(person)
        assert bool(Tags(client.get("/")).link(href=WORDS)) is leads
    client.logout()
    assert not Tags(client.get("/")).link(href=WORDS)


def test_it_is_for_who_may_edit(client, images, editor, viewer, stranger):
    hidden = add_image(make_image(seed=9), visibility="private")
    for person, own, others in ((viewer, 403, 403), (stranger, 403, 404), (editor, 200, 200)):
        client.force_login(person)
        assert [client.get(at(image)).status_code for image in (images[0], hidden)] == [own, others]
        sent = {"alt_text": "x", "decorative": "false"}
        assert client.post(at(images[0]), sent).status_code == (302 if person == editor else 403)
    client.logout()
    for path in (WORDS, at(images[0])):
        assert client.get(path)["Location"].startswith("/accounts/login")


def test_a_page_costs_at_most_eight_queries(client, images, editor):
    for path in (WORDS, at(images[1]), f"{at(images[1])}?back={images[0].pk}"):
        for person in (editor, images[0].uploaded_by):
            client.force_login(person)
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            assert len(asked) <= 8, [query["sql"] for query in asked]
