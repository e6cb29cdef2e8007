"""Many images at once: the gallery's form for visibility and trash, and the way back."""

import pytest
from django.test import Client

from images.models import Image
from images.pages.labels import PUBLISHING
from images.pages.selection import MAX_SELECTED
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(contributor) -> list[Image]:
    return [add_image(make_image(seed=n), title=f"Mine {n}", uploaded_by=contributor) for n in range(3)]


@pytest.fixture
def theirs(editor) -> Image:
    return add_image(make_image(seed=9), title="Theirs", uploaded_by=editor)


def send(client, action: str, *images, url="/") -> str:
    """Return the page that follows the action."""
    form = {"action": action, "images": [getattr(image, "pk", image) for image in images]}
    response = client.post(url, form, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def states() -> dict[str, tuple[str, bool]]:
    """Return visibility and whether it is in the trash, by title."""
    return {image.title: (image.visibility, image.deleted_at is not None) for image in Image.objects.all()}


def test_who_signed_in_has_checkboxes(client, contributor, mine, theirs):
    for user in (None, contributor):
        if user:
            client.force_login(user)
        page = client.get("/").content.decode()
        for image in (*mine, theirs):
            assert (f'value="{image.pk}"' in page) == bool(user), (user, image)
        assert ('name="action"' in page) == bool(user)


@pytest.mark.parametrize(
    ("action", "after", "told"),
    [
        ("hide", ("private", False), "2 images are private now."),
        ("publish", ("public", False), "2 images are public now."),
        ("trash", ("public", True), "2 images are in the trash."),
    ],
)
def test_it_changes_those_that_were_chosen(client, contributor, mine, action, after, told):
    if action == "publish":
        Image.objects.update(visibility="private")
    client.force_login(contributor)
    before = states()["Mine 2"]
    page = send(client, action, *mine[:2])
    assert told in page
    assert "left as" not in page
    assert states() == {"Mine 0": after, "Mine 1": after, "Mine 2": before}


def test_what_was_so_already_is_not_undone(client, contributor, mine):
    client.force_login(contributor)
    page = send(client, "publish", *mine)
    assert "3 images are public now." in page
    assert '/undo"' not in page


@pytest.mark.parametrize("action", ["hide", "trash"])
def test_it_leaves_alone_and_counts_what_the_person_may_not_change(client, contributor, mine, theirs, action):
    client.force_login(contributor)
    page = send(client, action, mine[0], theirs)
    assert "1 image " in page
    assert "1 image was left as it is" in page
    assert states()["Theirs"] == ("public", False)
    assert states()["Mine 0"] != ("public", False)


def test_hidden_counts_like_absent(client, contributor, theirs):
    Image.objects.update(visibility="private")
    client.force_login(contributor)
    hidden = send(client, "trash", theirs)
    absent = send(client, "trash", "2f0d1c9e-4c8c-4a53-9d0b-a2a8e3e0f9d1")
    for page in (hidden, absent):
        assert "1 image was left as it is" in page
    assert states()["Theirs"] == ("private", False)


def test_the_trash_can_be_undone(client, contributor, mine):
    client.force_login(contributor)
    page = send(client, "trash", *mine)
    for image in mine:
        assert f'name="images" value="{image.pk}"' in page
    assert 'form="undo"' in page
    page = send(client, "restore", *mine)
    assert "3 images are back in the library." in page
    assert not any(trashed for _, trashed in states().values())


def test_undoing_the_trash_leads_back_to_the_same_search(client, contributor, mine):
    client.force_login(contributor)
    page = send(client, "trash", mine[0], url="/?search=mine&ordering=title")
    assert 'id="undo" method="post" action="/?search=mine&amp;ordering=title"' in page


def test_only_those_who_may_restore_undo(client, stranger, contributor, mine):
    client.force_login(contributor)
    send(client, "trash", mine[0])
    client.force_login(stranger)
    assert "1 image was left as it is" in send(client, "restore", mine[0])
    assert states()["Mine 0"] == ("public", True)


def test_it_returns_to_the_same_search(client, contributor, mine):
    client.force_login(contributor)
    response = client.post("/?search=mine", {"action": "hide", "images": [mine[0].pk]})
    assert response["Location"] == "/?search=mine"


def test_publishing_is_explained_where_it_is_done(client, contributor, mine):
    client.force_login(contributor)
    assert str(PUBLISHING) in client.get("/").content.decode()


@pytest.mark.parametrize("sent", [{}, {"images": "x"}, {"action": "burn"}, {"images": "x" * 40}])
def test_a_form_that_is_not_understood_changes_nothing(client, editor, mine, sent):
    client.force_login(editor)
    form = {"action": "trash", "images": [mine[0].pk]} | sent
    if not sent:
        del form["images"]
    page = client.post("/", form, follow=True).content.decode()
    assert "Nothing was changed" in page
    assert not any(trashed for _, trashed in states().values())


def test_there_is_a_limit_to_one_selection(client, editor, mine):
    client.force_login(editor)
    page = send(client, "trash", *[mine[0]] * (MAX_SELECTED + 1))
    assert f"at most {MAX_SELECTED}" in page
    assert states()["Mine 0"] == ("public", False)


def test_it_is_for_people_who_signed_in(client, mine):
    response = client.post("/", {"action": "trash", "images": [mine[0].pk]})
    assert response.status_code == 403
    assert states()["Mine 0"] == ("public", False)


def test_it_needs_the_csrf_token(editor, mine):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post("/", {"action": "trash", "images": [mine[0].pk]}).status_code == 403
