"""The library's own face on the pages: logo, colour and footer, and none of them where nothing is set."""

import re

import pytest
from django.core.exceptions import ValidationError

from images.catalogue.curation import hide
from images.catalogue.trash import trash
from images.http import branding
from images.models import Image, Library
from images.pages.theme import stylesheet
from tests.clients.pages import Tags
from tests.factories import add_image, brand, make_image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawn")]

ICON = '<a class="brand" href="/"><span dir="auto">imagelib</span></a>'


def footer(response) -> str:
    (found,) = re.findall(r'<footer class="site-footer">(.*?)</footer>', response.content.decode(), re.S)
    return found


def logos(response) -> list[dict]:
    (link,) = re.findall(r'<a class="brand".*?</a>', response.content.decode(), re.S)
    tags = re.findall(r"<(img|source) ([^>]*)>", link)
    return [dict(re.findall(r'([a-z]+)="([^"]*)"', attributes)) for _, attributes in tags]


def test_a_library_where_nothing_is_set_shows_nothing_of_it(client):
    response = client.get("/")
    assert ICON in response.content.decode()
    assert "/theme/" not in response.content.decode()
    assert "<p" not in footer(response)
    assert len(re.findall("<a ", footer(response))) == 2


# --- The logo ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "shown"),
    [((640, 400), (51, 32)), ((1000, 1000), (32, 32)), ((24, 12), (24, 12)), ((900, 3), (160, 1))],
)
def test_the_logo_is_a_small_rendition_made_at_upload_in_as_much_room_as_it_takes(client, size, shown):
    logo = add_image(make_image("PNG", size), alt_text="A kite", title="Our logo")
    made = {f"/iiif/3/{logo.pk}/{spec}" for spec in logo.renditions.values_list("spec", flat=True)}
    brand(logo=logo)
    source, img = logos(client.get("/"))
    assert (int(img["width"]), int(img["height"])) == shown
    addresses = {link.split()[0] for link in (source["srcset"] + ", " + img["srcset"]).split(", ")}
    assert addresses | {img["src"]} <= made
    assert img["alt"] == ""  # the name beside it says it
    for address in addresses:
        assert client.get(address)["Cache-Control"].startswith("public")


def test_its_smallest_size_is_enough_for_a_dense_screen(client):
    brand(logo=add_image(make_image("PNG", (2000, 300))))
    _, img = logos(client.get("/"))
    assert (img["sizes"], img["srcset"].split(", ")[0].split()[1]) == ("160px", "320w")


@pytest.mark.parametrize(("size", "is_hidden"), [((64, 48), False), ((96, 48), True), ((48, 96), False)])
def test_a_wide_one_stands_in_the_place_of_the_name(client, size, is_hidden):
    brand(name="Kites", logo=add_image(make_image("PNG", size)))
    name = '<span dir="auto" class="visually-hidden">' if is_hidden else '<span dir="auto">'
    assert f"{name}Kites</span></a>" in client.get("/").content.decode()


@pytest.mark.parametrize("gone", ["private", "trashed", "purged"])
def test_one_that_not_everybody_may_see_is_shown_to_nobody(client, editor, gone):
    logo = add_image()
    brand(logo=logo)
    client.force_login(editor)
    assert logos(client.get("/"))
    if gone == "private":
        hide(logo)
        logo.write("visibility")
    elif gone == "trashed":
        trash(logo)
    else:
        Image.objects.get(pk=logo.pk).delete()
    branding.forget()
    assert ICON in client.get("/").content.decode()
    assert str(logo.pk) not in client.get("/accounts/password").content.decode()


# --- The colour -------------------------------------------------------------------------------------


def test_pages_link_the_stylesheet_of_the_colour(client):
    brand(accent="#ffcc00")
    for path in ("/", "/accounts/login", "/nowhere"):
        links = [a["href"] for tag, a in Tags(client.get(path)).all if a.get("rel") == "stylesheet"]
        assert "/theme/ffcc00.css" in links, path
    assert 'style="' not in client.get("/").content.decode()


def test_it_is_for_everybody_and_asks_nothing(client, editor, django_assert_num_queries):
    client.force_login(editor)
    with django_assert_num_queries(0):
        response = client.get("/theme/ffcc00.css")
    assert (response.status_code, response["Content-Type"]) == (200, "text/css")
    assert response.content.decode() == stylesheet("#ffcc00")
    assert response["Cache-Control"] == "public, max-age=3600"
    assert not response.has_header("Vary")
    assert not response.cookies
    assert client.head("/theme/ffcc00.css").status_code == 200
    assert client.post("/theme/ffcc00.css").status_code == 405


@pytest.mark.parametrize("name", ["FFCC00", "fc0", "ffcc000", "ffcc0g", "ffcc00%0a", "\u0660" * 6, "}", ""])
def test_there_is_one_address_for_each_colour(client, name):
    assert client.get(f"/theme/{name}.css").status_code == 404


# --- The footer -------------------------------------------------------------------------------------


def test_the_footer_has_its_lines_as_text(client):
    text = "Kites & Co. <script>alert(1)</script>\n**Porto** [link](javascript:alert(1)) \"'"
    brand(footer=text)
    assert (
        '<p dir="auto">Kites &amp; Co. &lt;script&gt;alert(1)&lt;/script&gt;\n**Porto** '
        "[link](javascript:alert(1)) &quot;&#x27;</p>" in footer(client.get("/"))
    )


def test_imprint_and_privacy_policy_are_links(client):
    brand(imprint_url="/imprint", privacy_url='https://example.org/?a=1&b="2"')
    for path in ("/", "/accounts/login", "/nowhere"):
        shown = footer(client.get(path))
        assert '<a href="/imprint" rel="noopener">Imprint</a>' in shown
        assert (
            '<a href="https://example.org/?a=1&amp;b=&quot;2&quot;" rel="noopener">Privacy policy</a>'
            in shown
        )


LINKS = {
    "https://example.org/imprint": True,
    "http://example.org": True,
    "https://bücher.example/über-uns?a=1#b": True,
    "/imprint": True,
    "/": True,
    "/albums/imprint?x=1#y": True,
    "javascript:alert(1)": False,
    "JavaScript:alert(1)": False,
    "java\tscript:alert(1)": False,
    "data:text/html,<script>alert(1)</script>": False,
    "vbscript:x": False,
    "ftp://example.org/": False,
    "//example.org/": False,
    "/\\example.org": False,
    "/\texample.org": False,
    "\\\\example.org": False,
    "/im print": False,
    "imprint": False,
    "#imprint": False,
    "https://": False,
    "https:/example.org": False,
    "mailto:ana@example.org": False,
    "/" + "x" * 500: False,
}


@pytest.mark.parametrize("name", ["imprint_url", "privacy_url"])
@pytest.mark.parametrize(("link", "is_taken"), LINKS.items())
def test_a_link_is_an_address_on_the_web_or_a_path_of_this_site(name, link, is_taken):
    row = Library(**{name: link})
    if is_taken:
        row.full_clean()
        assert getattr(row, name) == link
    else:
        with pytest.raises(ValidationError):
            row.full_clean()


@pytest.mark.parametrize("accent", ["#FFCC00", "#fc0", "ffcc00", "red", "#ffcc0g", "#ffcc00\n", "#ffcc00;}"])
def test_an_accent_is_written_in_one_way(accent):
    with pytest.raises(ValidationError):
        Library(accent=accent).full_clean()
