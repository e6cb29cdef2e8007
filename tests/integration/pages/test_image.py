"""The page of one image: facts, snippets, editing, and the way into the trash."""

import io
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils.html import escape
from PIL import Image as PillowImage

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.curation import hide
from images.catalogue.tags import set_tags
from images.catalogue.trash import trash
from images.models import Album, Image
from images.pages.labels import PUBLISHING
from images.pages.words import ImageForm
from tests.clients.pages import Tags
from tests.factories import add_image, make_image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawn")]

WORDS = {"title": "Kite", "description": "On a beach.", "alt_text": "A red kite."}


def page_of(client, image) -> str:
    return client.get(image.get_absolute_url()).content.decode()


def links(client, path: str) -> list[dict]:
    return [attrs for tag, attrs in Tags(client.get(path)).all if tag == "a"]


def test_it_costs_a_member_at_most_eight_queries(client, viewer, django_assert_max_num_queries):
    source = add_image(make_image(seed=1), visibility="private")
    image = add_image(make_image(seed=2), title="Kite")
    set_tags(image, ["coast"])
    file(viewer, create(viewer, "Summer in Porto"), [image.pk])
    Image.objects.filter(pk=image.pk).update(derived_from=source)
    copy = add_image(make_image(seed=3))
    Image.objects.filter(pk=copy.pk).update(derived_from=image)
    client.force_login(viewer)
    with django_assert_max_num_queries(8):
        page = page_of(client, image)
    assert copy.get_absolute_url() in page
    assert "coast" in page
    assert "Summer in Porto" in page
    assert source.get_absolute_url() in page


@pytest.fixture
def three(contributor) -> list[Image]:
    """Three, b, a and c by upload; the second is private."""
    added = [
        add_image(make_image(seed=seed), title=title, filename=f"{title}.jpg", uploaded_by=contributor)
        for seed, title in enumerate("cab")
    ]
    hide(added[1])
    return added


def beside(client, address: str) -> tuple[str | None, str | None]:
    """Return the addresses of what is before and after."""
    tags = Tags(client.get(address))
    before, after = tags.link(rel="prev"), tags.link(rel="next")
    return before and before["href"], after and after["href"]


@pytest.mark.parametrize(
    ("ordering", "order"), [("hand", "acb"), ("title", "abc"), ("filename", "abc"), ("-taken_at", "bac")]
)
def test_its_neighbours_are_those_of_the_album_one_came_from(client, contributor, three, ordering, order):
    album = create(contributor, "Summer in Porto", visibility="public", ordering=ordering)
    file(contributor, album, [three[1].pk, three[0].pk, three[2].pk])
    named = {image.title: f"{image.get_absolute_url()}?album=summer-in-porto" for image in three}
    for person, seen in ((contributor, order), (None, order.replace("a", ""))):
        if person:
            client.force_login(person)
        else:
            client.logout()
        shown = Tags(client.get(album.get_absolute_url()))
        assert [shown.link(href=named[title]) is not None for title in seen] == [True] * len(seen)
        for before, title, after in zip([None, *seen], seen, [*seen[1:], None], strict=False):
            assert beside(client, named[title]) == (named.get(before), named.get(after))
    assert Tags(client.get(named["b"])).link(href="/albums/summer-in-porto")


def test_its_neighbours_are_those_of_the_search_one_came_from(client, contributor, three):
    client.force_login(contributor)
    assert Tags(client.get("/?search=jpg&ordering=title")).link(
        href=f"{three[0].get_absolute_url()}?search=jpg+sort%3Atitle"
    )
    named = {image.title: f"{image.get_absolute_url()}?search=sort%3Atitle" for image in three}
    assert beside(client, named["b"]) == (named["a"], named["c"])
    assert Tags(client.get(named["b"])).link(href="/?search=sort%3Atitle")
    b = three[2].get_absolute_url()
    assert beside(client, f"{b}?search=c+or+b") == (None, f"{three[0].get_absolute_url()}?search=c+or+b")
    for nothing in ("search=colour:red", "album=nowhere", "album=%00", "cursor=1", "trashed=1", "width=x"):
        assert beside(client, f"{b}?{nothing}") == beside(client, b) == (None, three[1].get_absolute_url())


def test_a_change_leaves_one_among_the_same(client, contributor, three):
    client.force_login(contributor)
    address = f"{three[0].get_absolute_url()}?search=sort%3Atitle"
    assert client.post(address, WORDS | {"title": "C"})["Location"] == address
    assert client.post(address, {"action": "hide"})["Location"] == address


def test_it_costs_a_member_at_most_eight_queries_among_others(
    client, viewer, three, django_assert_max_num_queries
):
    album = create(viewer, "Porto")
    file(viewer, album, [image.pk for image in three])
    Image.objects.filter(pk=three[1].pk).update(derived_from=three[2])
    client.force_login(viewer)
    for among in ("album=porto", "search=jpg", "search=type:jpeg+jpg+sort:title"):
        with django_assert_max_num_queries(8):
            client.get(f"{three[2].get_absolute_url()}?{among}")
    Album.objects.update(ordering="title")
    with django_assert_max_num_queries(8):
        client.get(f"{three[2].get_absolute_url()}?album=porto")


def test_it_shows_the_image_and_its_facts(client):
    image = add_image(
        make_image("PNG", (60, 40)), filename="kite.png", title="Kite", description="On a beach."
    )
    page = page_of(client, image)
    tags = Tags(client.get(image.get_absolute_url()))
    (shown,) = tags.images()
    assert (shown["width"], shown["height"], shown["alt"]) == ("60", "40", "Kite")
    assert shown["srcset"] == f"{image.get_service_url()}/full/max/0/default.jpg 60w"
    assert tags.link(href=image.get_file_url())
    for fact in ("Kite", "On a beach.", "PNG", "60 \N{MULTIPLICATION SIGN} 40", "kite.png", image.hash):
        assert fact in page


def test_it_names_the_uploader_only_to_people_who_are_signed_in(client, contributor, stranger):
    image = add_image(uploaded_by=contributor)
    assert "contributor" not in page_of(client, image)
    client.force_login(stranger)
    assert "contributor" in page_of(client, image)


def test_its_snippets_are_absolute_and_escaped(client):
    image = add_image(make_image(size=(60, 40)), alt_text='A [red] "kite" & a <boat>')
    page = page_of(client, image)
    url = f"http://testserver{image.get_file_url()}"
    assert f"{url}" in page
    # In the page each snippet is text, so its own escapes are escaped once more.
    assert (
        f"&lt;img src=&quot;{url}&quot; width=&quot;60&quot; height=&quot;40&quot; "
        "alt=&quot;A [red] &amp;quot;kite&amp;quot; &amp;amp; a &amp;lt;boat&amp;gt;&quot;&gt;"
    ) in page
    assert rf"![A \[red\] &quot;kite&quot; &amp; a \&lt;boat\&gt;]({url})" in page


def test_its_sizes_are_ready_to_paste(client):
    image = add_image(make_image(size=(1500, 1000)), alt_text='A "kite"')
    tags = Tags(client.get(image.get_absolute_url()))
    details = [attrs for tag, attrs in tags.all if tag == "details"]
    assert {attrs["name"] for attrs in details} == {"size"}
    assert ["open" in attrs for attrs in details] == [False, False, True, False, False]
    links = [a["value"] for tag, a in tags.all if tag == "input" and a.get("id", "").endswith("-link")]
    service = f"http://testserver{image.get_service_url()}"
    sizes = ("320,213", "640,427", "1280,853", "max")
    assert links == [
        f"http://testserver{image.get_file_url()}",
        *(f"{service}/full/{size}/0/default.jpg" for size in sizes),
    ]
    for link, width in zip(links[1:], (320, 640, 1280, 1500), strict=True):
        assert client.get(link).status_code == 200
        assert PillowImage.open(io.BytesIO(client.get(link).getvalue())).width == width
    page = page_of(client, image)
    assert f"![A &quot;kite&quot;]({links[2]})" in page
    snippet = (
        f'<img src="{links[2]}" srcset="{links[1]} 320w, {links[2]} 640w, {links[3]} 1280w" '
        'sizes="(max-width: 640px) 100vw, 640px" width="640" height="427" alt="A &quot;kite&quot;">'
    )
    assert escape(snippet) in page


def test_a_decorative_image_has_an_empty_alternative_and_the_link_around_it_words(client, admin_user):
    image = add_image(title="Frieze", alt_text="A frieze.", decorative=True)
    page = Tags(client.get(image.get_absolute_url()))
    assert [shown["alt"] for shown in page.images()] == [""]
    assert "og:image:alt" not in {attrs.get("property") for _, attrs in page.all}
    assert "alt=&quot;&quot;&gt;" in page_of(client, image)
    assert f"![](http://testserver{image.get_file_url()})" in page_of(client, image)
    client.force_login(admin_user)
    for path in ("/", "/admin/images/image/"):
        response = client.get(path)
        assert [
            shown["alt"] for shown in Tags(response).images() if image.get_service_url() in shown["src"]
        ] == [""]
        assert '<span class="visually-hidden">Frieze</span>' in response.content.decode()


@pytest.mark.parametrize(
    ("words", "alt", "caption"),
    [
        ({}, "", ""),
        ({"alt_text": "A kite."}, "A kite.", ""),
        ({"title": "Kite"}, "", "Kite"),
        ({"description": "One.\n\nTwo."}, "", "One.<br>Two."),
        ({"title": "A & B", "description": "<i>", "alt_text": "b"}, "b", "A &amp; B<br>&lt;i&gt;"),
        ({"title": "Kite", "alt_text": "A kite.", "decorative": True}, "", "Kite"),
    ],
)
def test_what_is_pasted_has_its_words_in_a_caption_and_its_alternative_in_alt(client, words, alt, caption):
    image = add_image(make_image(size=(60, 40)), filename="IMG_1234.jpg", **words)
    tags = Tags(client.get(image.get_absolute_url()))
    (html,) = pasted(client, image, "original-html")
    url = f"http://testserver{image.get_file_url()}"
    img = f'<img src="{url}" width="60" height="40" alt="{alt}">'
    assert html == (f"<figure>{img}<figcaption>{caption}</figcaption></figure>" if caption else img)
    said = [a["content"] for _, a in tags.all if a.get("property") == "og:image:alt"]
    assert said == [alt] * bool(alt)
    lacks = "lacks an alternative text" in page_of(client, image)
    assert lacks is not bool(alt or words.get("decorative"))


@pytest.mark.parametrize(
    ("title", "caption"),
    [
        ("Kite", "Kite"),
        ("# 1", r"\# 1"),
        ("1. May", r"1\. May"),
        ("2) two", r"2\) two"),
        ("- a_b*c", r"\- a\_b\*c"),
        ("&copy; [x](y) `z` <b>", r"\&copy; \[x\](y) \`z\` \<b\>"),
    ],
)
def test_a_caption_stays_plain_text_in_markdown(client, title, caption):
    image = add_image(make_image(size=(60, 40)), title=title, description="a\n\n - b", alt_text="A [kite]")
    (markdown,) = pasted(client, image, "original-markdown")
    assert markdown == f"![A \\[kite\\]](http://testserver{image.get_file_url()})\n\n{caption}  \na  \n\\- b"


def pasted(client, image: Image, name: str) -> list[str]:
    """Return what the fields of this name have to paste."""
    found = re.findall(rf'<textarea id="embed-{name}"[^>]*>(.*?)</textarea>', page_of(client, image), re.S)
    return [unescape(text) for text in found]


def test_an_animation_is_pasted_as_its_file_for_its_sizes_do_not_move(client):
    image = add_image(make_image("GIF", frames=2))
    tags = Tags(client.get(image.get_absolute_url()))
    (details,) = (attrs for tag, attrs in tags.all if tag == "details")
    assert "open" in details
    (shown,) = tags.images()
    assert shown["src"] == image.get_file_url()
    assert "srcset" not in shown


@pytest.mark.parametrize("format_", ["HEIF", "TIFF"])
def test_what_browsers_do_not_show_is_shown_as_renditions_alone(client, format_):
    image = add_image(make_image(format_, (1000, 750), frames=2))
    page = page_of(client, image)
    tags = Tags(client.get(image.get_absolute_url()))
    shown = [a.get("src", "") + a.get("srcset", "") for tag, a in tags.all if tag in ("img", "source")]
    assert shown
    assert not [place for place in shown if image.get_file_url() in place]
    linked = [a for tag, a in tags.all if tag == "a" and image.get_file_url() in a.get("href", "")]
    assert linked
    assert all("download" in a for a in linked)
    assert f"{image.get_file_url()}&quot;" not in page  # in no snippet
    assert "one of 2 pictures in the file" in page


def test_its_snippets_start_at_the_public_url(client, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    image = add_image()
    assert f"https://images.example.org{image.get_file_url()}" in page_of(client, image)


def test_a_copy_and_what_it_is_of_lead_to_each_other_for_those_who_see_them(client, contributor, viewer):
    image = add_image(title="Kite", visibility="private", uploaded_by=contributor)
    copy = add_image(make_image(seed=1), title="Copied kite")
    trashed = add_image(make_image(seed=2), title="Trashed copy")
    trash(trashed)
    Image.objects.exclude(pk=image.pk).update(derived_from=image)
    assert "copy of another" not in page_of(client, copy)
    assert str(image.pk) not in page_of(client, copy)
    client.force_login(viewer)
    assert Tags(client.get(image.get_absolute_url())).link(href=copy.get_absolute_url())
    assert str(trashed.pk) not in page_of(client, image)
    assert "A public copy of this" in page_of(client, image)
    assert Tags(client.get(copy.get_absolute_url())).link(href=image.get_absolute_url())
    assert "This is a copy of another" in page_of(client, copy)


@pytest.mark.parametrize("state", ["unknown", "hidden", "trashed"])
def test_hidden_equals_absent(client, stranger, state):
    image = add_image(visibility="private" if state == "hidden" else "public")
    if state == "trashed":
        trash(image)
    url = image.get_absolute_url()
    if state == "unknown":
        image.delete()
    client.force_login(stranger)
    for method in (client.get, client.post):
        response = method(url)
        assert response.status_code == 404
        assert response["Cache-Control"] == "no-store"


def test_it_is_kept_by_no_shared_cache(client):
    response = client.get(add_image().get_absolute_url())
    assert response["Cache-Control"] == "private, no-cache"
    assert "Cookie" in response["Vary"]


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 403), ("stranger", 403), ("viewer", 403), ("contributor", 302), ("editor", 302)],
)
def test_its_uploader_and_editors_edit_and_trash_it(client, request, contributor, who, status):
    image = add_image(uploaded_by=contributor)
    if who:
        client.force_login(request.getfixturevalue(who))
    page = page_of(client, image)
    assert ('name="title"' in page, 'value="trash"' in page) == (status == 302, status == 302)
    assert client.post(image.get_absolute_url(), WORDS).status_code == status
    assert client.post(image.get_absolute_url(), {"action": "trash"}).status_code == status
    image.refresh_from_db()
    assert (image.title == "Kite") == (status == 302)
    assert bool(image.deleted_at) == (status == 302)


def test_editing_keeps_the_words_and_leaves_the_bytes(client, editor):
    image = add_image()
    client.force_login(editor)
    response = client.post(image.get_absolute_url(), WORDS | {"hash": "0" * 64}, follow=True)
    assert response.redirect_chain == [(image.get_absolute_url(), 302)]
    assert "Saved." in response.content.decode()
    digest = image.hash
    image.refresh_from_db()
    assert {name: getattr(image, name) for name in WORDS} == WORDS
    assert image.hash == digest


def test_editing_does_not_undo_what_another_did_meanwhile(client, editor, monkeypatch):
    image = add_image()
    client.force_login(editor)
    validate = ImageForm.full_clean

    def trashed_meanwhile(form):
        trash(image)
        validate(form)

    monkeypatch.setattr(ImageForm, "full_clean", trashed_meanwhile)
    client.post(image.get_absolute_url(), WORDS)
    image.refresh_from_db()
    assert image.deleted_at


def test_words_that_are_too_long_come_back_with_a_reason(client, editor):
    image = add_image(title="Kite")
    client.force_login(editor)
    response = client.post(image.get_absolute_url(), WORDS | {"title": "x" * 201})
    page = response.content.decode()
    assert response.status_code == 400
    assert "at most 200 characters" in page
    assert "<h1" in page
    assert "Kite</h1>" in page
    assert '<details class="edit" open' in page
    assert "x" * 201 in page
    image.refresh_from_db()
    assert (image.title, image.alt_text) == ("Kite", "")


def test_moving_to_the_trash_leads_to_the_gallery_and_names_the_way_back(client, editor):
    image = add_image(title="Kite")
    client.force_login(editor)
    response = client.post(image.get_absolute_url(), {"action": "trash"}, follow=True)
    assert response.redirect_chain == [("/", 302)]
    page = response.content.decode()
    assert "1 image is in the trash." in page
    assert f'name="images" value="{image.pk}"' in page
    assert 'href="/trash"' in page


@pytest.mark.parametrize(
    ("action", "before", "after"), [("publish", "private", "public"), ("hide", "public", "private")]
)
def test_its_visibility_is_switched_by_one_button_that_says_what_follows(
    client, contributor, action, before, after
):
    image = add_image(visibility=before, uploaded_by=contributor)
    client.force_login(contributor)
    page = page_of(client, image)
    assert f'name="action" value="{action}"' in page
    assert str(PUBLISHING) in page
    response = client.post(image.get_absolute_url(), {"action": action}, follow=True)
    assert response.redirect_chain == [(image.get_absolute_url(), 302)]
    assert f"1 image is {after} now." in response.content.decode()
    image.refresh_from_db()
    assert image.visibility == after


@pytest.mark.parametrize("action", ["", "burn"])
def test_an_action_that_is_none_is_a_bad_request(client, editor, action):
    image = add_image()
    client.force_login(editor)
    assert client.post(image.get_absolute_url(), {"action": action}).status_code == 400


def test_newer_and_older_lead_through_all_that_the_person_sees(client, viewer):
    images = [add_image(make_image(seed=n), title=str(n)) for n in range(4)]
    Image.objects.filter(title="1").update(visibility="private")
    Image.objects.update(created_at=images[0].created_at)  # at one moment: the id decides
    for user in (None, viewer):
        if user:
            client.force_login(user)
        shown = [Image.objects.get(pk=a["href"][-36:]) for a in links(client, "/") if "data-title" in a]
        walked, here = [], shown[0].get_absolute_url()
        while here:
            walked.append(here)
            here = next((a["href"] for a in links(client, here) if a.get("rel") == "next"), None)
        assert walked == [image.get_absolute_url() for image in shown]
        back = [a["href"] for a in links(client, walked[1]) if a.get("rel") == "prev"]
        assert back == [walked[0]]


def test_a_public_page_describes_itself_to_those_who_paste_its_link(client, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    image = add_image(
        make_image(size=(1500, 1000)), title='A "red" kite', alt_text="A kite", description="On <b>"
    )
    metas = [a for tag, a in Tags(client.get(image.get_absolute_url())).all if tag == "meta"]
    told = {a["property"]: a["content"] for a in metas if "property" in a}
    assert told == {
        "og:type": "website",
        "og:site_name": "imagelib",
        "og:title": 'A "red" kite',
        "og:description": "On <b>",
        "og:url": f"https://images.example.org{image.get_absolute_url()}",
        "og:image": f"https://images.example.org{image.get_service_url()}/full/1280,853/0/default.jpg",
        "og:image:type": "image/jpeg",
        "og:image:width": "1280",
        "og:image:height": "853",
        "og:image:alt": "A kite",
    }


def test_who_pastes_its_link_gets_the_picture_that_the_page_describes(client):
    image = add_image(make_image("GIF", size=(60, 40), frames=2))
    metas = [a for tag, a in Tags(client.get(image.get_absolute_url())).all if tag == "meta"]
    (address,) = (a["content"] for a in metas if a.get("property") == "og:image")
    response = Client().get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert "public" in response["Cache-Control"]
    assert PillowImage.open(io.BytesIO(response.getvalue())).size == (60, 40)


def test_a_private_page_describes_itself_to_nobody(client, viewer):
    client.force_login(viewer)
    assert "og:" not in page_of(client, add_image(visibility="private"))


def test_the_original_is_downloaded_under_its_own_name(client):
    image = add_image(filename='the "kite".jpg')
    link, with_words = [a for a in links(client, image.get_absolute_url()) if "download" in a]
    assert link["href"] == image.get_file_url()
    assert link["download"] == 'the "kite".jpg'
    assert with_words["href"] == f"{image.get_file_url()}?metadata=embedded"
    assert client.get(with_words["href"]).status_code == 200


def test_nothing_is_inline(client, editor):
    """The content security policy would block it."""
    client.force_login(editor)
    response = client.get(add_image().get_absolute_url())
    assert " style=" not in response.content.decode()
    assert all("src" in attrs for tag, attrs in Tags(response).all if tag == "script")


def test_its_forms_need_the_csrf_token(editor):
    client = Client(enforce_csrf_checks=True)
    image = add_image()
    client.force_login(editor)
    assert client.post(image.get_absolute_url(), WORDS).status_code == 403
    token = client.get(image.get_absolute_url()).context["csrf_token"]
    assert client.post(image.get_absolute_url(), WORDS | {"csrfmiddlewaretoken": token}).status_code == 302
