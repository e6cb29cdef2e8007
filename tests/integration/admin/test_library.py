"""The admin's one page of the library's face."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from images.catalogue.trash import trash
from images.models import Library
from tests.clients.pages import Form, Tags
from tests.factories import add_image, brand, make_image, make_user

pytestmark = pytest.mark.django_db

PAGE = "/admin/images/library/"


@pytest.fixture
def admin(client):
    """A client of who may set this, and nothing else."""
    user = make_user("ada", is_staff=True)
    needed = Permission.objects.filter(codename__in=["change_library", "view_image"])
    user.user_permissions.set(needed)
    client.force_login(user)
    return client


@pytest.fixture
def save(admin, django_capture_on_commit_callbacks):
    def save(**typed: str):
        with django_capture_on_commit_callbacks(execute=True):
            return admin.post(PAGE, Form(admin.get(PAGE), "name").filled(**typed))

    return save


def errors(response) -> list[str]:
    return re.findall(r'<ul class="errorlist".*?<li>(.*?)</li>', response.content.decode(), re.S)


def test_the_start_page_leads_to_it_and_it_has_no_list(admin):
    assert f'<a href="{PAGE}">Library</a>' in admin.get("/admin/").content.decode()
    page = admin.get(PAGE).content.decode()
    assert '<input type="text" name="name"' in page
    assert "/admin/images/library/add/" not in page
    assert 'name="_addanother"' not in page
    assert "deletelink" not in page


@pytest.mark.parametrize("group", ["Viewers", "Contributors", "Editors"])
def test_it_takes_a_permission_of_its_own(client, group):
    client.force_login(make_user("ed", group, is_staff=True))
    assert PAGE not in client.get("/admin/").content.decode()
    for address in (PAGE, f"{PAGE}1/change/", f"{PAGE}1/history/"):
        assert client.get(address).status_code == 403, address
        assert client.post(address, {"name": "Mine"}).status_code == 403, address
    assert not Library.objects.exists()


def test_there_is_one_row_and_no_other(admin):
    brand(name="Kites")
    assert admin.get(f"{PAGE}add/").status_code == 403
    assert admin.post(f"{PAGE}1/delete/", {"post": "yes"}).status_code == 403
    assert admin.get(f"{PAGE}2/change/").status_code == 302  # to the start page, with words
    with pytest.raises(IntegrityError), transaction.atomic():
        Library.objects.create(pk=2)
    assert str(Library.objects.get()) == "Kites"


def test_a_name_is_set_shown_at_once_and_taken_away(admin, save):
    for name, shown in (("Kites of Porto", "Kites of Porto"), ("", "imagelib")):
        response = save(name=name)
        assert (response.status_code, response["Location"]) == (302, PAGE)
        assert f" · {shown}</title>" in admin.get("/").content.decode()
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Changed Name."] * 2


def test_the_row_that_another_made_meanwhile_is_written_over(admin, monkeypatch):
    brand(name="Theirs")
    monkeypatch.setattr("images.admin.library.LibraryAdmin.get_object", lambda *args: Library())
    assert admin.post(PAGE, {"name": "Ours"}).status_code == 302
    assert Library.objects.get().name == "Ours"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Kites\tof\r\nPorto ", "Kites of Porto"),
        ("Kites\u202e of\x07 Porto\u2066", "Kites of Porto"),
        ("Cafe\u0301", "Café"),
        ("🏔️" * 30, "🏔️" * 30),
        ("x" * 61, None),
        ("Ki\0tes", None),
    ],
)
def test_a_name_is_one_clean_line(save, typed, kept):
    response = save(name=typed)
    assert bool(errors(response)) is (kept is None)
    assert list(Library.objects.values_list("name", flat=True)) == ([] if kept is None else [kept])


def test_all_of_it_is_set(save, admin):
    logo = add_image(make_image("PNG", (64, 48)))
    said = {"accent": "#FFCC00", "footer": "Ana & Bo\r\nPorto\u202e", "imprint_url": "/imprint"}
    said |= {"privacy_url": "https://example.org/privacy", "logo": str(logo.pk)}
    assert save(**said).status_code == 302
    page = admin.get("/").content.decode()
    assert "/theme/ffcc00.css" in page
    assert '<p dir="auto">Ana &amp; Bo\nPorto</p>' in page
    assert '<a href="/imprint" rel="noopener">' in page
    assert '<a href="https://example.org/privacy" rel="noopener">' in page
    assert f"/iiif/3/{logo.pk}/" in page
    save(logo="", accent="", footer="", imprint_url="", privacy_url="")
    assert Library.objects.values().get() == {
        "id": 1,
        "name": "",
        "logo_id": None,
        "accent": "",
        "footer": "",
        "imprint_url": "",
        "privacy_url": "",
    }


@pytest.mark.parametrize(
    "said",
    [
        {"accent": "yellow"},
        {"accent": "#ffcc00}"},
        {"footer": "x" * 1001},
        {"imprint_url": "javascript:alert(1)"},
        {"privacy_url": "//example.org"},
        {"logo": "x"},
        {"logo": "00000000-0000-4000-8000-000000000000"},
    ],
    ids=lambda said: next(iter(said)),
)
def test_what_cannot_be_is_refused_at_its_field(save, said):
    response = save(**said)
    (name,) = said
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [name]
    assert not Library.objects.exists()


@pytest.mark.parametrize(
    ("state", "word"), [("private", "private"), ("trashed", "in the trash"), ("public", None)]
)
def test_a_logo_that_no_page_shows_is_told_of(save, admin, state, word):
    logo = add_image(visibility="public" if state == "public" else "private")
    save(logo=str(logo.pk))
    if state == "trashed":
        trash(logo)
    told = re.findall(r'<li class="warning">(.*?)</li>', admin.get(PAGE).content.decode())
    assert told == ([f"The logo is {word}, so no page shows it."] if word else [])


def test_the_logo_is_chosen_in_the_list_of_images(admin):
    add_image()
    page = Tags(admin.get(PAGE))
    lookup = page.link(id="lookup_id_logo")
    listed = admin.get(lookup["href"] + "&_popup=1").content.decode()
    assert 'data-popup-opener="' in listed


def test_the_colour_is_shown_as_it_is_drawn_and_nothing_where_none_is_set(admin):
    def preview() -> str:
        return re.search(r'<div class="accents".*?</div>', admin.get(PAGE).content.decode(), re.S)[0]

    assert " hidden>" in preview()
    assert "<link" not in preview()
    brand(accent="#ffcc00")
    assert " hidden>" not in preview()
    assert '<link rel="stylesheet" href="/theme/ffcc00.css">' in preview()
    assert "style=" not in preview()


@pytest.mark.parametrize("lacks", ["change_library", "view_image"])
def test_it_takes_to_see_all_images_and_to_change_this(admin, lacks):
    Permission.objects.get(codename=lacks).user_set.clear()
    assert admin.get(PAGE).status_code == 403
