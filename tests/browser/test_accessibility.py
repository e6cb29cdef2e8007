"""axe-core over the pages, light and dark, in every state they can be in."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from selenium.webdriver.common.keys import Keys

from images.accounts.invitations import invite, join
from images.accounts.tokens import make_token
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.curation import act, tagging
from images.catalogue.sharing import make_share, revoke, shares_of
from images.catalogue.tag_curation import describe
from images.catalogue.tags import set_tags
from images.catalogue.undoing import undo
from images.models import Change, Image, Invitation, Tag
from tests.browser.accessibility import violations
from tests.factories import PASSWORD, add_image, make_image, make_user
from tests.files.located import photo


@pytest.fixture
def images(visit):
    owner = make_user("clara", "Contributors")
    return [
        add_image(
            make_image(size=(300, 200), seed=seed),
            title=f"Kite {seed}",
            description="On a beach." if seed else "",
            uploaded_by=owner,
            visibility="private" if seed == 1 else "public",
        )
        for seed in range(3)
    ]


@pytest.fixture
def signed_in(visit, client, images):
    visit.sign_in(client, images[0].uploaded_by)


def page(image: Image) -> str:
    return image.get_absolute_url()


def test_what_is_wrong_with_the_dark_page_alone_is_found(visit):
    visit.open("/")
    visit.browser.execute_script("document.querySelector('h1').style.color = '#333'")
    assert [line.split(": ")[:2] for line in violations(visit.browser)] == [["dark", "color-contrast"]]


def test_the_gallery(visit, images):
    visit.open("/")
    assert violations(visit.browser) == []


@pytest.mark.parametrize("query", ["?search=kite&type=image/jpeg", "?search=zeppelin", "?min_width=x"])
def test_a_search(visit, images, query):
    visit.open(f"/{query}")
    assert violations(visit.browser) == []


def test_an_empty_gallery(visit):
    visit.open("/")
    assert violations(visit.browser) == []


def test_a_selection_and_what_became_of_it(visit, images, signed_in):
    visit.open("/")
    assert violations(visit.browser) == []
    for box in visit.all(".pick input")[:2]:
        box.click()
    assert violations(visit.browser) == []
    visit.follow("[value=trash]")
    assert visit.all(".messages button")
    assert violations(visit.browser) == []


def test_the_viewer(visit, images, signed_in):
    visit.open("/")
    visit.find(f"[data-title='{images[1]}']").click()
    visit.wait_until("document.querySelector('.viewer-stage img').complete")
    visit.wait_until("document.getAnimations().every(one => one.playState === 'finished')")
    assert violations(visit.browser) == []


def test_the_page_of_an_image(visit, client, images):
    visit.open(page(images[0]))
    assert violations(visit.browser) == []
    visit.sign_in(client, images[0].uploaded_by)
    for image in images[:2]:
        visit.open(page(image))
        assert violations(visit.browser) == []


def test_tags(visit, client, images):
    set_tags(images[0], ["Coast"])
    Tag.objects.update(color="#2450bd", description="Where the sea begins.")
    for path in ("/tags", "/tags?search=absent", "/tags/coast"):
        visit.open(path)
        assert violations(visit.browser) == [], path
    visit.sign_in(client, make_user("ed", "Editors"))
    describe(Tag.objects.get(), description="Where the sea ends.")
    visit.open("/tags/coast/history")
    assert violations(visit.browser) == []
    visit.open("/tags/coast")
    visit.find(".curate summary").click()
    assert violations(visit.browser) == []


def test_writing_words(visit, client, images):
    add_image(make_image(seed=77), uploaded_by=images[0].uploaded_by)
    visit.sign_in(client, images[0].uploaded_by)
    visit.open("/words")
    assert visit.all(".wording")
    assert violations(visit.browser) == []
    Image.objects.update(decorative=True)
    visit.open("/words")
    assert violations(visit.browser) == []


def test_filing(visit, client, images):
    owner = images[0].uploaded_by
    file(owner, create(owner, "Kites", visibility="public"), [images[0].pk])
    visit.open(page(images[0]))
    assert violations(visit.browser) == []
    visit.sign_in(client, owner)
    visit.open(page(images[0]))
    assert violations(visit.browser) == []
    visit.find(".filing input[name=album]").send_keys("absent")
    visit.follow(".filing button")
    assert visit.all(".filing .errorlist")
    assert violations(visit.browser) == []
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 400" not in text]  # asked for


def test_a_history(visit, client, images):
    owner = images[0].uploaded_by
    act(owner, tagging(add=["Sea"]), [images[0].pk])
    undo(owner, Change.objects.get().pk)
    visit.sign_in(client, owner)
    visit.open(page(images[0]))
    visit.find(".history summary").click()
    visit.wait_until("document.querySelectorAll('.steps li').length == 2")
    assert violations(visit.browser) == []
    visit.open(f"{page(images[0])}/history")
    visit.follow(".steps button")
    assert violations(visit.browser) == []


def test_albums(visit, client, images):
    visit.open("/albums")
    assert violations(visit.browser) == []
    owner = images[0].uploaded_by
    file(owner, create(owner, "Kites", visibility="public"), [image.pk for image in images])
    create(owner, "Nothing yet")
    for path in ("/albums", "/albums/kites"):
        visit.open(path)
        assert violations(visit.browser) == [], path
    visit.sign_in(client, owner)
    visit.open("/albums/kites/history")
    assert violations(visit.browser) == []
    for path in ("/albums", "/albums/kites", "/albums/nothing-yet"):
        visit.open(path)
        visit.find(".curate summary").click()
        assert violations(visit.browser) == [], path
    visit.open("/?search=jpg")
    visit.follow("main a[href^='/albums?search=']")
    assert violations(visit.browser) == []
    visit.follow("main .fields button")
    assert visit.find("h1").text == "jpg"
    assert violations(visit.browser) == []
    visit.open(f"{page(images[0])}?album=kites")
    assert violations(visit.browser) == []
    visit.open("/albums/kites?arrange=1")
    assert violations(visit.browser) == []
    visit.find(".curate summary").click()
    visit.follow(".curate [value=delete]")
    assert violations(visit.browser) == []


def test_editing(visit, images, signed_in):
    visit.open(page(images[0]))
    visit.find(".edit summary").click()
    for fold in visit.all(".edit form summary"):
        fold.click()
    assert violations(visit.browser) == []
    visit.browser.execute_script("document.querySelector('.edit [name=title]').value = 'x'.repeat(201)")
    visit.find(".edit .fields button").click()
    visit.wait_until("document.querySelector('.edit .errorlist:not([hidden])')")
    assert violations(visit.browser) == []
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "400 (Bad Request)" not in text]  # asked for


def test_the_tags_suggested_for_an_upload(visit, images, signed_in):
    set_tags(images[0], ["Coast", "Cove"])
    visit.open("/upload")
    visit.find("[name=tags]").send_keys("co")
    visit.wait_until("document.querySelectorAll('[role=option]').length === 2")
    assert violations(visit.browser) == []
    visit.press(Keys.ARROW_DOWN)
    assert violations(visit.browser) == []


def test_the_question_before_telling_where_it_was_taken(visit, images, signed_in):
    located = add_image(photo(), uploaded_by=images[0].uploaded_by, visibility="private")
    visit.open(page(located))
    assert violations(visit.browser) == []
    visit.follow("button[value=publish]")
    assert "where it was taken" in visit.find("h1").text
    assert violations(visit.browser) == []
    visit.follow("button[value=keep]")
    located.refresh_from_db()
    assert located.visibility == "public"


def test_signing_in_and_changing_the_password(visit, client, images):
    visit.open("/accounts/login")
    assert violations(visit.browser) == []
    visit.find("[name=username]").send_keys("clara")
    visit.find("[name=password]").send_keys("wrong")
    visit.follow("main button")
    assert visit.all(".errorlist")
    assert violations(visit.browser) == []
    visit.sign_in(client, images[0].uploaded_by)
    visit.open("/accounts/password")
    assert violations(visit.browser) == []
    for name in ("old_password", "new_password1", "new_password2"):
        visit.find(f"[name={name}]").send_keys("short")
    visit.follow("main button")
    assert visit.all(".errorlist")
    assert violations(visit.browser) == []


def test_the_account(visit, client, images):
    owner = images[0].uploaded_by
    make_token(owner, name="Shelf", expires_at=timezone.now())
    Client(headers={"user-agent": "Firefox/1 Linux"}).post(
        f"{visit.origin}/accounts/login", {"username": "clara", "password": PASSWORD}
    )
    visit.sign_in(client, owner)
    visit.open("/account")
    assert len(visit.all("#sessions ~ ul li")) == 2
    for fold in visit.all(".own summary"):
        fold.click()
    assert violations(visit.browser) == []
    visit.browser.execute_script("document.querySelector('.own form.fields').noValidate = true")
    visit.follow(".own .fields button")
    assert visit.all(".errorlist")
    assert violations(visit.browser) == []
    visit.find("[name=name]").send_keys("Laptop")
    visit.find("[name=scope][value=write]").click()
    visit.follow(".own .fields button")
    assert visit.find("#token").get_attribute("value")
    assert violations(visit.browser) == []
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "400 (Bad Request)" not in text]  # asked for


def test_invitations_and_who_comes_with_one(visit, client, images):
    editor = make_user("ed", "Editors")
    invite(editor, Group.objects.get(name="Viewers"), note="Expired")
    Invitation.objects.update(expires_at=timezone.now())
    secrets = [invite(editor, Group.objects.get(name="Viewers"), note=note)[1] for note in ("Used", "")]
    join(secrets[0], User(username="robin"))
    visit.open(f"/accounts/join/{secrets[1]}")
    assert violations(visit.browser) == []
    visit.find("[name=username]").send_keys("ed")
    for name in ("password1", "password2"):
        visit.find(f"[name={name}]").send_keys("short")
    visit.follow("main button")
    assert len(visit.all(".errorlist")) == 2
    assert violations(visit.browser) == []
    visit.sign_in(client, editor)
    visit.open("/accounts/invitations")
    assert len(visit.all(".rows li")) == 3
    visit.find(".making summary").click()
    assert violations(visit.browser) == []
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "400 (Bad Request)" not in text]  # asked for


def test_share_links(visit, images, signed_in):
    owner = images[0].uploaded_by
    visit.open("/shares")
    assert violations(visit.browser) == []
    for of in (images[0], create(owner, "Kites"), "kite", [image.pk for image in images]):
        make_share(owner, of, note="Ana")
    revoke(shares_of(owner).filter(target="search"))
    for path in ("/shares", page(images[0]), "/albums/kites", f"/shares/new?image={images[0].pk}"):
        visit.open(path)
        assert violations(visit.browser) == [], path
    visit.find("[name=note]").send_keys("Ben")
    visit.follow("main .fields button")
    assert visit.find("#address").get_attribute("value")
    assert violations(visit.browser) == []
    visit.open("/shares")
    visit.follow(".rows a.button")
    assert violations(visit.browser) == []
    visit.find("[name=ends] [value=on_a_day]").click()
    visit.follow("main .fields button")
    assert visit.all(".errorlist")
    assert violations(visit.browser) == []
    visit.open("/shares")
    visit.follow("[value=revoke_all]")
    assert violations(visit.browser) == []
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "400 (Bad Request)" not in text]  # asked for


def test_a_share(visit, images):
    owner = images[0].uploaded_by
    Image.objects.update(copyright="© Clara", licence="CC-BY-4.0", taken_day="2026-03-01", alt_text="A kite")
    many = [image.pk for image in images]
    _, locked = make_share(owner, many, password=PASSWORD)
    visit.open(f"/s/{locked}")
    assert violations(visit.browser) == []
    visit.find("[name=password]").send_keys("wrong")
    visit.follow("main button")
    assert visit.all(".errorlist")
    assert violations(visit.browser) == []
    _, secret = make_share(owner, many, may_download=True)
    visit.open(f"/s/{secret}")
    assert len(visit.all(".cell")) == 3
    assert violations(visit.browser) == []
    visit.follow(".cell a")
    assert visit.all(".image-page .button[download]")
    assert violations(visit.browser) == []
    visit.open(f"/s/{make_share(owner, 'tag:nothing')[1]}")
    assert violations(visit.browser) == []
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 403" not in text]  # asked for


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/upload", 403), ("/?broken", 500)])
def test_pages_that_say_no(visit, client, monkeypatch, path, status):
    visit.sign_in(client, make_user("stranger"))
    if status == 500:
        monkeypatch.setattr("images.pages.gallery.Asked", None)
    visit.open(path)
    assert visit.find(".status-code").text == str(status)
    assert violations(visit.browser) == []
    visit.listen()
    visit.complaints = [text for text in visit.complaints if f"status of {status}" not in text]  # asked for
