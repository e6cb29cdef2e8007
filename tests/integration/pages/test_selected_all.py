"""All that match, beyond the page; words and hearts for many."""

import pytest

from images.catalogue import cursors
from images.models import Favourite, Image
from images.pages import notices
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(contributor, client, monkeypatch) -> list[Image]:
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    client.force_login(contributor)
    return [
        add_image(make_image(seed=n), title=f"{n}", uploaded_by=contributor, tags=["coast"][: n % 5])
        for n in range(6)
    ]


def send(client, url="/", **said) -> str:
    response = client.post(url, said, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_it_is_offered_where_there_is_more_than_the_page(client, mine):
    assert 'name="every" value="4"' in client.get("/?search=tag:coast").content.decode()
    assert 'name="every"' not in client.get("/?search=1").content.decode()


def test_it_is_done_to_all_that_match(client, mine):
    page = send(client, "/?search=tag:coast", action="hide", images=mine[1].pk, every=4)
    assert "4 images are private now." in page
    assert sorted(Image.objects.filter(visibility="private").values_list("title", flat=True)) == list("1234")


def test_another_number_than_the_page_said_changes_nothing(client, mine):
    page = send(client, "/?search=tag:coast", action="trash", images=mine[1].pk, every=3)
    assert "Nothing was changed. By now these are not as many any more." in page
    assert not Image.objects.exclude(deleted_at=None).exists()


def test_it_is_undone_as_a_whole(client, mine, monkeypatch):
    monkeypatch.setattr(notices, "NAMED", 3)
    page = send(client, "/?search=tag:coast", action="trash", images=mine[1].pk, every=4)
    assert "4 images are in the trash." in page
    assert page.count('form="undo"') < 3  # and no id of each
    action = page.split("/changes/")[1].split("/")[0].split('"')[0]
    assert action


@pytest.mark.parametrize("every", ["0", "x", "10001"])
def test_no_number_is_none(client, mine, every):
    assert "Nothing was changed." in send(client, action="trash", images=mine[1].pk, every=every)
    assert not Image.objects.exclude(deleted_at=None).exists()


def test_words_are_the_same_for_all_and_what_is_empty_stays(client, mine):
    Image.objects.update(description="As it was", licence="MIT")
    ids = [image.pk for image in mine[:3]]
    words = {"title": " Kites  ", "alt_text": "A kite", "author": "Ana", "description": ""}
    page = send(client, action="edit", images=ids, **words)
    assert "3 images have these words now." in page
    found = Image.objects.filter(pk__in=ids).values_list(*words, "licence").order_by().distinct()
    assert list(found) == [("Kites", "A kite", "Ana", "As it was", "MIT")]
    assert Image.objects.filter(title="Kites").count() == 3
    assert "Write what is to be said." in send(client, action="edit", images=ids)
    assert "SPDX" in send(client, action="edit", images=ids, licence="no licence")


def test_hearts_are_ones_own(client, contributor, viewer, mine):
    ids = [image.pk for image in mine[:2]]
    assert "2 images are favourites of yours." in send(client, action="favourite", images=ids)
    assert set(Favourite.objects.values_list("user", "image")) == {(contributor.pk, pk) for pk in ids}
    assert "2 images are no favourites of yours." in send(client, action="unfavourite", images=ids)
    assert not Favourite.objects.exists()
