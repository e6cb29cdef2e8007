"""The pages of histories and POST /changes/{id}/undo."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.catalogue import history, tag_curation, undoing
from images.catalogue.album_curation import create, describe
from images.catalogue.album_entries import file, unfile
from images.catalogue.curation import act, restoring, shifting_dates, showing, tagging, trashing
from images.catalogue.tags import add_tags
from images.catalogue.undoing import undo
from images.models import Change, Image, Tag
from tests.clients.pages import Tags
from tests.factories import add_image, make_image, make_user, said_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(contributor) -> Image:
    return add_image(uploaded_by=contributor, title="Old", tags=["Porto"])


def address(image: Image) -> str:
    return f"{image.get_absolute_url()}/history"


def edit(client, image: Image, **said):
    return client.post(image.get_absolute_url(), said)


def offered(client, address: str) -> list[str]:
    """Return what the history at this address says of each step that it offers to undo, in eight queries."""
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address)
    assert len(queries) <= 8, [query["sql"] for query in queries]
    forms = [a.get("action", "") for tag, a in Tags(page).all if tag == "form"]
    asked = [form.split("/")[2] for form in forms if form.startswith("/changes/")]
    return [Change.objects.get(pk=pk).what for pk in asked]


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_it_says_in_words_who_changed_what(client, contributor, image):
    client.force_login(contributor)
    edit(client, image, title="<New>", tag_names="Sea", taken="2026-03-01T12:00", decorative="on")
    client.post(image.get_absolute_url(), {"action": "hide"})
    page = text(client.get(address(image)))
    for words in (
        '<del dir="auto">Old</del> → <ins dir="auto">&lt;New&gt;</ins>',
        'Tags: <del dir="auto">Porto</del> → <ins dir="auto">Sea</ins>',
        'When it was taken: <em>nothing</em> → <ins dir="auto"><time class="clock" '
        'datetime="2026-03-01T12:00:00">March 1, 2026, noon</time>',
        'Decorative: <del dir="auto">no</del> → <ins dir="auto">yes</ins>',
        'Visibility: <del dir="auto">Public</del> → <ins dir="auto">Private</ins>',
        "Uploaded by contributor",
    ):
        assert words in page, words
    assert page.count("<bdi>contributor</bdi>, <time") == 2
    assert address(image) in text(client.get(image.get_absolute_url()))


def test_a_corrected_offset_is_told(client, contributor, image):
    taken = datetime(2026, 3, 1, 11, tzinfo=UTC)
    Image.objects.update(taken_at=taken, taken_offset=60, taken_day=taken.date())
    act(contributor, shifting_dates(timedelta(), 120), [image.pk])
    client.force_login(contributor)
    before, after = (f"March 1, 2026, noon</time> UTC+0{hours}:00" for hours in (1, 2))
    page = text(client.get(address(image)))
    assert before in page
    assert after in page


def test_a_step_is_undone_by_its_button_and_that_by_the_message(client, contributor, image):
    client.force_login(contributor)
    edit(client, image, title="New")
    change = Change.objects.get()
    undo = f"/changes/{change.pk}/undo"
    assert f'action="{undo}"' in text(client.get(address(image)))
    answer = client.post(undo, headers={"referer": f"http://testserver{address(image)}?cursor=a"})
    assert answer["Location"] == f"{address(image)}?cursor=a"
    assert said_of(image, "title") == {"title": "Old"}
    page = client.get(address(image))
    back = next(a["formaction"] for tag, a in Tags(page).all if tag == "button" and a.get("form") == "undo")
    assert back == f"/changes/{Change.objects.latest('at').action}/undo?redo"
    assert f'action="{undo}"' not in text(page)
    assert client.post(back, headers={"referer": "https://elsewhere.example/"})["Location"] == "/"
    assert said_of(image, "title") == {"title": "New"}


def test_what_cannot_go_back_is_said(client, contributor, editor, image):
    client.force_login(contributor)
    edit(client, image, title="New")
    change = Change.objects.get()
    act(editor, tagging(add=["Sea"]), [image.pk])
    client.force_login(editor)
    edit(client, image, title="Newer")
    page = text(client.post(f"/changes/{change.pk}/undo", follow=True))
    assert "1 change is not undone" in page
    assert "Undone: " not in page
    assert said_of(image, "title") == {"title": "Newer"}


def test_a_selection_is_undone_from_its_message(client, editor):
    client.force_login(editor)
    images = [add_image(make_image(seed=seed)) for seed in range(3)]
    page = client.post(
        "/", {"action": "tag", "tags": "Sea", "images": [image.pk for image in images]}, follow=True
    )
    back = next(a["formaction"] for tag, a in Tags(page).all if tag == "button" and "formaction" in a)
    client.post(back)
    assert [said_of(image, "tags")["tags"] for image in images] == 3 * [[]]


def test_what_takes_too_long_is_gone_on_with(client, editor, monkeypatch):
    monkeypatch.setattr(undoing.undo, "__defaults__", (0,))
    monkeypatch.setattr(undoing, "BATCH", 2)
    images = [add_image(make_image(seed=seed)).pk for seed in range(8)]
    done = act(editor, showing("private"), images)
    client.force_login(editor)
    for _ in range(3):
        page = client.post(f"/changes/{done.action}/undo", follow=True)
        back = next(a["formaction"] for tag, a in Tags(page).all if tag == "button" and "formaction" in a)
        assert back == f"/changes/{done.action}/undo"
    page = text(client.post(back, follow=True))
    assert "Undone: Visibility (2 images)." in page  # the last of them
    assert set(Image.objects.values_list("visibility", flat=True)) == {"public"}


def test_what_undid_something_is_redone_and_that_undone(client, contributor, image):
    client.force_login(contributor)
    edit(client, image, title="New", tag_names="Sea")
    page = client.get(address(image))
    for head, word, done in (
        ("Changed", "Undo", "Undone: Title, Tags (1 image)."),
        ("Undone", "Redo", "Done again: Title, Tags (1 image)."),
        ("Done again", "Undo", "Undone: Title, Tags (1 image)."),
        ("Undone", "Redo", "Done again: Title, Tags (1 image)."),
    ):
        step = text(page).split("<li> <div>")[1]
        assert f"<strong>{head}</strong>" in step
        assert f">{word}</button>" in step
        asked = step.split('action="')[1].split('"')[0]
        page = client.post(asked, headers={"referer": f"http://testserver{address(image)}"}, follow=True)
        message = text(page).split('role="status">')[1].split("</button>")[0]
        assert message.startswith(done)
        assert message.endswith(">Undo" if word == "Redo" else ">Redo")


@pytest.mark.parametrize(
    ("do", "undone", "again"),
    [
        (
            lambda user, image: act(user, trashing(), [image.pk]),
            "moved to the trash (1 image)",
            "moved to the trash (1 image)",
        ),
        (
            lambda user, image: file(user, create(user, "Porto"), [image.pk]),
            "images added (1 album)",
            "images added (1 album)",
        ),
        (
            lambda user, image: tag_curation.delete(Tag.objects.get(key="porto"), by=user),
            "deleted (1 tag, 1 image)",
            "deleted (1 image, 1 tag)",
        ),
    ],
    ids=["trash", "file", "delete"],
)
def test_a_message_says_what_was_undone_and_what_was_done_again(client, editor, image, do, undone, again):
    client.force_login(editor)
    do(editor, image)
    page = client.post(f"/changes/{Change.objects.latest('at').action}/undo", follow=True)
    assert f"Undone: {undone}." in text(page)
    back = next(a["formaction"] for tag, a in Tags(page).all if tag == "button" and "formaction" in a)
    assert f"Done again: {again}." in text(client.post(back, follow=True))


def test_undoing_a_restoration_leads_to_the_trash(client, editor, image):
    act(editor, trashing(), [image.pk])
    act(editor, restoring(), [image.pk])
    client.force_login(editor)
    assert client.post(f"/changes/{Change.objects.latest('at').pk}/undo")["Location"] == "/trash"


def test_who_may_not_edit_sees_none(client, viewer, contributor, image):
    act(contributor, tagging(add=["Sea"]), [image.pk])
    undo = f"/changes/{Change.objects.get().pk}/undo"
    assert client.get(address(image)).status_code == 403
    assert client.post(undo)["Location"].startswith("/accounts/login")
    client.force_login(viewer)
    assert client.get(address(image)).status_code == 403
    assert address(image) not in text(client.get(image.get_absolute_url()))
    assert "1 change is not undone" in text(client.post(undo, follow=True))
    assert said_of(image, "tags") == {"tags": ["Porto", "Sea"]}
    act(contributor, showing("private"), [image.pk])
    client.logout()
    assert client.get(address(image)).status_code == 404


def test_a_busy_image_costs_few_queries_and_has_pages(client, contributor, image):
    client.force_login(contributor)
    for number in range(60):
        act(contributor, (tagging(add=["Sea"]), tagging(remove=["Sea"]))[number % 2], [image.pk])
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address(image))
    assert len(queries) <= 8
    older = Tags(page).link(rel="next")["href"]
    with CaptureQueriesContext(connection) as queries:
        page = client.get(older)
    assert len(queries) <= 8
    assert "Uploaded by" in text(page)


# --- Albums and tags, and the admin ---


def test_the_history_of_an_album(client, contributor, viewer, image):
    client.force_login(contributor)
    album = create(contributor, "Porto", visibility="public")
    file(contributor, album, [image.pk])
    client.post(album.get_absolute_url(), {"title": "Lisbon", "description": "Two\nlines"})
    page = client.get("/albums/lisbon/history")
    for words in (
        'Title: <del dir="auto">Porto</del> → <ins dir="auto">Lisbon</ins>',
        'Address: <del dir="auto">porto</del> → <ins dir="auto">lisbon</ins>',
        "<strong>Images added</strong>",
        "1 image</p>",
        "<strong>Made</strong>",
    ):
        assert words in text(page), words
    assert "/albums/lisbon/history" in text(client.get("/albums/lisbon"))
    page = client.post("/albums/lisbon", {"action": "delete", "confirmed": "yes"}, follow=True)
    back = next(a["formaction"] for tag, a in Tags(page).all if tag == "button" and "formaction" in a)
    client.post(back)
    assert client.get("/albums/lisbon").status_code == 200
    for user, status in ((viewer, 403), (None, 403)):
        client.logout()
        if user:
            client.force_login(user)
        assert client.get("/albums/lisbon/history").status_code == status
    assert client.get("/albums/absent/history").status_code == 404


def test_the_history_of_a_tag(client, editor, contributor, image):
    client.force_login(editor)
    client.post("/tags/porto", {"name": "Lisbon", "description": "A city.", "color": "#123456"})
    page = text(client.get("/tags/lisbon/history"))
    assert "<strong>Renamed</strong>" in page
    assert 'Tags: <del dir="auto">Porto</del> → <em>nothing</em>' in page
    answer = client.post("/tags/lisbon", {"action": "delete"}, follow=True)
    back = next(a["formaction"] for tag, a in Tags(answer).all if tag == "button" and "formaction" in a)
    client.post(back)
    assert said_of(image, "tags") == {"tags": ["Lisbon"]}
    client.force_login(contributor)
    assert client.get("/tags/lisbon/history").status_code == 403
    assert client.get("/tags/absent/history").status_code == 404


def test_what_of_an_album_cannot_go_back_is_not_offered(client, contributor, editor):
    client.force_login(contributor)
    address, images = "/albums/porto/history", [add_image(make_image(seed=seed)) for seed in range(3)]
    album = create(contributor, "Porto")
    assert offered(client, address) == ["create"]
    file(editor, album, [image.pk for image in images])
    assert offered(client, address) == ["file"]
    undo(contributor, Change.objects.get(what="file").pk)
    assert offered(client, address) == ["unfile", "create"]
    file(editor, album, [image.pk for image in images])
    assert offered(client, address) == ["file"]
    unfile(editor, album, [images[0].pk])
    assert offered(client, address) == ["unfile", "file"]
    images[0].delete()
    assert offered(client, address) == ["file"]
    describe(editor, album, description="Two")
    describe(editor, album, description="Three")
    assert offered(client, address) == ["edit", "file"]
    describe(editor, album, description="Two")
    assert offered(client, address) == ["edit", "file"]


def test_an_album_that_was_deleted_and_came_back_offers_what_is_left(client, contributor):
    client.force_login(contributor)
    album = create(contributor, "Porto")
    file(contributor, album, [add_image(make_image(seed=1)).pk])
    client.post("/albums/porto", {"action": "delete", "confirmed": "yes"})
    undo(contributor, Change.objects.get(what="delete").pk)
    assert offered(client, "/albums/porto/history") == ["create", "file"]
    file(contributor, album, [add_image(make_image(seed=2)).pk])
    assert offered(client, "/albums/porto/history") == ["file", "file"]


def test_a_title_that_is_the_same_again_takes_no_address_away(client, contributor):
    client.force_login(contributor)
    album = create(contributor, "Porto")
    for title in ("Lisbon", "Porto"):
        describe(contributor, album, title=title)
    first = Change.objects.filter(what="edit").earliest("at")
    assert offered(client, "/albums/porto/history") == ["edit"]
    assert not undo(contributor, first.pk).results[0].undone
    assert client.get("/albums/lisbon")["Location"] == "/albums/porto"


def test_what_of_a_tag_cannot_go_back_is_not_offered(client, editor, image):
    client.force_login(editor)
    tag = tag_curation.create("Sea", editor)
    assert offered(client, "/tags/sea/history") == ["create"]
    add_tags(image, ["Sea"])
    assert offered(client, "/tags/sea/history") == []
    for text in ("Salt", "Wet", "Salt"):
        tag_curation.describe(tag, editor, description=text)
    assert offered(client, "/tags/sea/history") == ["edit"]
    tag_curation.delete(tag, by=editor)
    undo(editor, Change.objects.get(what="delete").pk)
    assert offered(client, "/tags/sea/history") == ["create", "edit"]
    tag_curation.merge(Tag.objects.get(key="porto"), Tag.objects.get(key="sea"), by=editor)
    assert "merge" in offered(client, "/tags/sea/history")
    undo(editor, Change.objects.get(what="merge").pk)
    assert "merge" not in offered(client, "/tags/sea/history")
    tag_curation.create("Empty", editor)
    tag_curation.delete(Tag.objects.get(key="empty"), by=editor)
    tag_curation.create("Empty", editor)
    assert offered(client, "/tags/empty/history") == ["create"]


def test_a_large_change_of_an_album_is_told_by_its_number(client, contributor, monkeypatch):
    monkeypatch.setattr(history, "MANY", 2)
    album = create(contributor, "Porto")
    images = [add_image(make_image(seed=seed)).pk for seed in range(3)]
    file(contributor, album, images)
    client.force_login(contributor)
    with CaptureQueriesContext(connection) as queries:
        page = text(client.get("/albums/porto/history"))
    assert len(queries) <= 8
    assert "3 images</p>" in page


def test_a_large_change_is_offered_until_it_is_undone(client, contributor, monkeypatch):
    monkeypatch.setattr(history, "MANY", 8)
    client.force_login(contributor)
    album = create(contributor, "Porto")
    file(contributor, album, [add_image(make_image(seed=seed)).pk for seed in range(9)])
    assert offered(client, "/albums/porto/history") == ["file"]
    undo(contributor, Change.objects.get(what="file").pk)
    assert offered(client, "/albums/porto/history") == ["unfile", "create"]


def test_the_admin_tells_it(client, image, contributor):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    act(contributor, tagging(add=["<Sea>"]), [image.pk])
    page = text(client.get(f"/admin/images/image/{image.pk}/change/"))
    assert "<bdi>contributor</bdi>: Tags: nothing → &lt;Sea&gt;" in page
    assert address(image) in page
