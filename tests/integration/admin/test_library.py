"""The admin's one page of the library's face."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from images.models import Library
from tests.clients.pages import Form
from tests.factories import brand, make_user

pytestmark = pytest.mark.django_db

PAGE = "/admin/images/library/"
ALL = ("name",)


@pytest.fixture
def admin(client):
    """A client of who may set this, and nothing else."""
    user = make_user("ada", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_library"))
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
