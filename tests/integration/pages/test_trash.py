"""The trash page: images go back into the library, or are deleted for good after one question."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from images.catalogue import trash as rules
from images.catalogue.trash import purge, restore, trash
from images.models import Image
from images.pages import emptying
from storage import get_storage
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db

URL = "/trash"


def add_trashed(count: int, **fields) -> list[Image]:
    images = [add_image(make_image(seed=seed), title=f"Kite {seed}", **fields) for seed in range(count)]
    for image in images:
        trash(image)
    return images


def send(client, action: str, *images: Image, **extra):
    return client.post(URL, {"action": action, "image": [image.pk for image in images], **extra}, follow=True)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def pictures(response) -> list[str]:
    """Return the ids of the trashed images that the page shows, in its order."""
    return re.findall(r'<img [^>]*src="/trash/([0-9a-f-]{36})/picture"', response.content.decode())


def ids(*images: Image) -> list[str]:
    return [str(image.pk) for image in images]


@pytest.fixture
def signed_in(client, editor):
    client.force_login(editor)
    return client


def test_it_asks_strangers_to_sign_in(client):
    assert client.get(URL)["Location"] == f"{reverse('login')}?next=/trash"


def test_it_lists_what_the_person_may_restore(client, contributor, editor):
    trash(add_image(make_image(seed=1), title="Mine", uploaded_by=contributor))
    trash(add_image(make_image(seed=2), title="Theirs"))
    add_image(make_image(seed=3), title="Shown", uploaded_by=contributor)
    for user, titles in ((contributor, {"Mine"}), (editor, {"Mine", "Theirs"})):
        client.force_login(user)
        page = client.get(URL).content.decode()
        assert {title for title in ("Mine", "Theirs", "Shown") if title in page} == titles


def test_it_shows_pictures_with_the_time_each_is_there_the_latest_first(signed_in):
    first, second = add_trashed(2)
    page = signed_in.get(URL)
    assert pictures(page) == ids(second, first)
    for image in Image.objects.all():
        assert f'datetime="{image.deleted_at.isoformat(timespec="seconds")}"' in text(page)


def test_it_says_how_much_it_holds_and_since_when(client, contributor, editor):
    add_trashed(2, uploaded_by=contributor)
    other = add_image(make_image(seed=9))
    trash(other)
    Image.objects.update(size=2_000_000)
    Image.objects.filter(pk=other.pk).update(deleted_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    for user, number, size in ((editor, "3 images", "6.0 MB."), (contributor, "2 images", "4.0 MB.")):
        client.force_login(user)
        page = text(client.get(URL)).partition("<main")[2]
        assert f"{number}, {size}" in page
        assert ("2026-03-01T12:00:00+00:00" in page) == (user == editor)


def test_of_more_than_it_counts_it_says_so(signed_in, monkeypatch):
    monkeypatch.setattr(rules, "MAX_COUNT", 2)
    add_trashed(2)
    assert "2 images" in text(signed_in.get(URL))
    trash(add_image(make_image(seed=9)))
    assert "More than 2 images" in text(signed_in.get(URL))


def test_it_asks_the_database_eight_times_at_the_most(signed_in, django_assert_max_num_queries):
    add_trashed(5)
    with django_assert_max_num_queries(8):
        signed_in.get(URL)


def test_it_is_empty_at_first(client, stranger):
    client.force_login(stranger)
    assert "The trash is empty" in client.get(URL).content.decode()


def test_it_restores_one(contributor):
    client = Client(enforce_csrf_checks=True)
    image = add_image(uploaded_by=contributor)
    trash(image)
    client.force_login(contributor)
    assert client.post(URL, {"image": image.pk}).status_code == 403
    token = client.get(URL).context["csrf_token"]
    response = client.post(URL, {"image": image.pk, "csrfmiddlewaretoken": token})
    assert response["Location"] == image.get_absolute_url()
    assert client.get(image.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("sent", ["x", "another"])
def test_it_restores_nothing_else(client, stranger, sent):
    image = add_image()
    trash(image)
    client.force_login(stranger)
    sent = image.pk if sent == "another" else sent
    assert client.post(URL, {"image": sent}).status_code == 404
    image.refresh_from_db()
    assert image.deleted_at


def test_many_are_restored_at_once(signed_in):
    first, second, _ = add_trashed(3)
    response = send(signed_in, "restore", first, second)
    assert response.redirect_chain == [(URL, 302)]
    assert "2 images are back in the library." in text(response)
    assert set(Image.objects.filter(deleted_at=None)) == {first, second}
    assert "Kite 2" in text(response)


def test_one_alone_leads_to_its_page(signed_in):
    (image,) = add_trashed(1)
    assert send(signed_in, "restore", image).redirect_chain == [(image.get_absolute_url(), 302)]


@pytest.mark.parametrize("action", ["restore", "purge"])
def test_choosing_none_is_told(signed_in, action):
    add_trashed(1)
    response = send(signed_in, action)
    assert response.redirect_chain == [(URL, 302)]
    assert "Choose at least one image." in text(response)


def test_deleting_for_good_is_asked_first(signed_in):
    first, second, _ = add_trashed(3)
    page = text(send(signed_in, "purge", first, second))
    assert "Delete 2 images for good?" in page
    assert "cannot be undone" in page
    assert ("Kite 0" in page, "Kite 1" in page, "Kite 2" in page) == (True, True, False)
    assert f'name="image" value="{first.pk}"' in page
    assert sorted(pictures(send(signed_in, "purge", first, second))) == sorted(ids(first, second))
    assert Image.objects.count() == 3


def test_once_confirmed_the_rows_are_deleted_and_the_objects_wait_for_pruning(signed_in):
    first, second, other = add_trashed(3)
    response = send(signed_in, "purge", first, second, confirmed="yes")
    assert response.redirect_chain == [(URL, 302)]
    assert "2 images were deleted for good." in text(response)
    assert Image.objects.get() == other
    assert get_storage().exists(first.hash)


def test_a_deleted_image_can_be_uploaded_as_new(signed_in):
    (image,) = add_trashed(1)
    send(signed_in, "purge", image, confirmed="yes")
    assert add_image(make_image(seed=0)).pk != image.pk


def test_only_who_may_delete_any_image_deletes_for_good(client, contributor):
    (image,) = add_trashed(1, uploaded_by=contributor)
    client.force_login(contributor)
    assert "Delete" not in text(client.get(URL)).partition("<main")[2]
    assert send(client, "purge", image).status_code == 403
    assert send(client, "purge", image, confirmed="yes").status_code == 403
    assert Image.objects.exists()


@pytest.mark.parametrize("action", ["restore", "purge", "burn"])
def test_what_is_not_in_the_trash_is_not_found(signed_in, action):
    image = add_image()
    assert send(signed_in, action, image, confirmed="yes").status_code == 404
    assert Image.objects.exists()


def test_deleting_for_good_needs_the_csrf_token(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    (image,) = add_trashed(1)
    assert send(client, "purge", image, confirmed="yes").status_code == 403
    token = client.get(URL).context["csrf_token"]
    token = send(client, "purge", image, csrfmiddlewaretoken=token).context["csrf_token"]
    assert send(client, "purge", image, confirmed="yes", csrfmiddlewaretoken=token).status_code == 200
    assert not Image.objects.exists()


def test_purging_spares_an_image_that_was_restored_meanwhile():
    (image,) = add_trashed(1)
    restore(Image.objects.get())
    purge(image)
    assert Image.objects.exists()


def empty(client, **extra):
    return client.post(URL, {"action": "empty", **extra}, follow=True)


def before(response) -> str:
    return re.search(r'name="before" value="([^"]+)"', response.content.decode())[1]


def test_emptying_is_asked_first_with_some_pictures_and_how_much_it_is(signed_in, monkeypatch):
    monkeypatch.setattr(emptying, "SHOWN", 2)
    _, second, third = add_trashed(3)
    page = empty(signed_in)
    assert "Delete all 3 images in the trash for good?" in text(page)
    assert "cannot be undone" in text(page)
    assert pictures(page) == ids(third, second)
    assert "1 more" in text(page)
    assert Image.objects.count() == 3


def test_once_confirmed_all_that_was_there_is_deleted_for_good(signed_in):
    add_trashed(3)
    shown = add_image(make_image(seed=9))
    response = empty(signed_in, confirmed="yes", before=before(empty(signed_in)))
    assert response.redirect_chain == [(URL, 302)]
    assert "3 images were deleted for good." in text(response)
    assert "The trash is empty." in text(response)
    assert Image.objects.get() == shown


def test_what_came_after_the_question_stays(signed_in):
    add_trashed(2)
    asked = before(empty(signed_in))
    later = add_image(make_image(seed=9))
    trash(later)
    assert "2 images were deleted for good." in text(empty(signed_in, confirmed="yes", before=asked))
    assert Image.objects.get() == later


def test_a_request_deletes_so_many_and_says_what_is_left(signed_in, monkeypatch):
    monkeypatch.setattr(emptying, "MOST", 2)
    add_trashed(5)
    asked = before(empty(signed_in))
    page = empty(signed_in, confirmed="yes", before=asked)
    assert page.redirect_chain == []
    assert "2 images are deleted, 3 are left." in text(page)
    assert (before(page), Image.objects.count()) == (asked, 3)
    done = re.search(r'name="done" value="(\d+)"', page.content.decode())[1]
    page = empty(signed_in, confirmed="yes", before=asked, done=done)
    assert "4 images are deleted, 1 is left." in text(page)
    page = empty(signed_in, confirmed="yes", before=asked, done=4)
    assert "5 images were deleted for good." in text(page)


def test_a_request_deletes_for_so_long(signed_in, monkeypatch):
    monkeypatch.setattr(emptying, "SECONDS", 0)
    add_trashed(3)
    page = empty(signed_in, confirmed="yes", before=before(empty(signed_in)))
    assert "1 image is deleted, 2 are left." in text(page)


def test_an_empty_trash_is_not_asked_about(signed_in):
    assert empty(signed_in).redirect_chain == [(URL, 302)]


def test_who_may_not_purge_does_not_empty(client, contributor):
    add_trashed(1, uploaded_by=contributor)
    client.force_login(contributor)
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert empty(client).status_code == 403
    assert empty(client, confirmed="yes", before=later).status_code == 403
    assert Image.objects.exists()


@pytest.mark.parametrize("asked", [{}, {"before": "x"}, {"before": "\0"}, {"before": ""}])
def test_emptying_without_a_moment_asks(signed_in, asked):
    add_trashed(1)
    assert "for good?" in text(empty(signed_in, confirmed="yes", **asked))
    assert Image.objects.exists()
