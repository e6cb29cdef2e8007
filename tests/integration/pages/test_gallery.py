"""The gallery: what it shows to whom, page after page, at a constant price."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from images.catalogue.trash import trash
from images.models import Image, Rendition
from images.pages.pictures import ASPECTS, cell
from tests.clients.pages import Tags
from tests.factories import add_image, make_image, make_user, sha256, transparent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawn")]


def add_rows(count: int, **fields) -> list[Image]:
    """Return `count` images without bytes, a minute apart; all at one moment with `created_at`."""
    moment = fields.pop("created_at", None)
    now = timezone.now()
    images = Image.objects.bulk_create(
        Image(
            hash=sha256(str(number).encode()),
            mime_type="image/jpeg",
            size=1,
            width=3,
            height=2,
            filename=f"{number}.jpg",
            **fields,
        )
        for number in range(count)
    )
    for number, image in enumerate(images):
        image.created_at = moment or now - timedelta(minutes=number)
    Image.objects.bulk_update(images, ["created_at"])
    return images


def walk(client, url: str = "/") -> list[str]:
    """Return the address of every image of the gallery from `url` on, page after page, by its own links."""
    seen = []
    while url:
        tags = Tags(client.get(url))
        seen += [attrs["src"] for attrs in tags.images()]
        following = tags.link(rel="next")
        url = following and following["href"]
    return seen


def test_an_empty_library_tells_how_to_start(client, contributor):
    assert "Sign in" in client.get("/").content.decode()
    client.force_login(contributor)
    page = client.get("/").content.decode()
    assert "No images yet" in page
    assert 'href="/upload"' in page


def test_it_tells_a_stranger_no_way_to_upload(client, stranger):
    client.force_login(stranger)
    assert 'href="/upload"' not in client.get("/").content.decode()


def test_it_shows_an_image_with_its_shape_and_its_words(client):
    image = add_image(make_image(size=(60, 40)), alt_text='A "red" <kite>')
    (shown,) = Tags(client.get("/")).images()
    assert shown["src"] == cell(image).src
    assert (shown["width"], shown["height"]) == ("60", "40")
    assert shown["alt"] == 'A "red" <kite>'


def test_everything_it_shows_at_once_was_made_at_upload(client):
    """Of the viewer's sizes only what somebody looks at is drawn."""
    images = [add_image(make_image(size=size)) for size in ((1000, 750), (750, 1000), (60, 40), (3000, 30))]
    made = {f"{one.image.get_service_url()}/{one.spec}" for one in Rendition.objects.all()}
    tags = Tags(client.get("/"))
    srcsets = [attrs["srcset"] for tag, attrs in tags.all if tag in ("source", "img") and "srcset" in attrs]
    offered = {one.split()[0] for srcset in srcsets for one in srcset.split(", ")}
    assert offered | {attrs["src"] for attrs in tags.images()} == made
    assert len(srcsets) == 2 * len(images)


def test_an_image_of_many_frames_opens_as_its_file_others_in_every_size(client):
    still = add_image(make_image(size=(1000, 750)))
    moving = add_image(make_image("GIF", frames=2))
    first, second = (attrs for _, attrs in Tags(client.get("/")).all if "data-title" in attrs)
    assert (first["data-src"], "data-srcset" in first) == (moving.get_file_url(), False)
    service = still.get_service_url()
    assert second["data-srcset"].split(", ") == [
        f"{service}/full/{size}/0/default.{{format}} {width}w"
        for size, width in (("320,240", 320), ("640,480", 640), ("max", 1000))
    ]
    assert "data-src" not in second


def test_a_placeholder_lies_beneath_an_opaque_image_and_tells_nobody(client):
    image = add_image()
    add_image(transparent())
    (placeholder,) = (attrs for _, attrs in Tags(client.get("/")).all if attrs.get("class") == "placeholder")
    assert placeholder["src"] == image.placeholder
    assert (placeholder["alt"], placeholder["aria-hidden"]) == ("", "true")


def test_an_image_without_alt_text_is_called_by_its_title_else_by_its_file_name(client):
    add_image(make_image(seed=1), filename="a.jpg", title="Harbour")
    add_image(make_image(seed=2), filename="b.jpg")
    assert {shown["alt"] for shown in Tags(client.get("/")).images()} == {"Harbour", "b.jpg"}


def test_only_the_first_images_load_at_once(client):
    add_rows(12)
    shown = Tags(client.get("/")).images()
    assert [one.get("loading") for one in shown] == [None] * 4 + ["lazy"] * 8
    assert [one["sizes"].startswith("auto, ") for one in shown] == [False] * 4 + [True] * 8


def test_each_sees_what_they_may_see(client, viewer, stranger):
    public = add_image(make_image(seed=1))
    private = add_image(make_image(seed=2), visibility="private")
    own = add_image(make_image(seed=3), visibility="private", uploaded_by=stranger)
    trash(add_image(make_image(seed=4)))
    for user, expected in ((None, {public}), (stranger, {public, own}), (viewer, {public, private, own})):
        client.logout()
        if user:
            client.force_login(user)
        shown = {attrs["src"] for attrs in Tags(client.get("/")).images()}
        assert shown == {cell(image).src for image in expected}, user


def test_load_more_walks_through_all_newest_first(client):
    images = add_rows(130)
    assert walk(client) == [cell(image).src for image in images]


def test_load_more_loses_and_repeats_none_that_arrived_at_one_moment(client):
    images = add_rows(130, created_at=timezone.now())
    assert sorted(walk(client)) == sorted(cell(image).src for image in images)


def test_load_more_repeats_none_when_others_arrive_in_between(client):
    add_rows(70)
    first = Tags(client.get("/"))
    add_image()
    second = Tags(client.get(first.link(rel="next")["href"]))
    assert not {a["src"] for a in first.images()} & {a["src"] for a in second.images()}
    assert len(second.images()) == 70 - len(first.images())


def test_load_more_keeps_the_search(client):
    add_rows(70, title="kite")
    link = Tags(client.get("/?search=kite")).link(rel="next")
    assert "search=kite" in link["href"]


def test_it_searches_and_filters(client):
    kite = add_image(make_image(seed=1), title="Kite")
    add_image(make_image("PNG", seed=2), title="Boat")
    (shown,) = Tags(client.get("/?search=kite")).images()
    assert shown["src"] == cell(kite).src
    (shown,) = Tags(client.get("/?type=image/jpeg")).images()
    assert shown["src"] == cell(kite).src
    assert "Nothing matches" in client.get("/?search=zeppelin").content.decode()


@pytest.mark.parametrize("cursor", ["x", "\x00", ":", "WyJhIl0:x"])
def test_a_cursor_that_is_none_is_not_found(client, cursor):
    assert client.get("/", {"cursor": cursor}).status_code == 404


@pytest.mark.parametrize("count", [0, 1, 200])
def test_it_costs_at_most_eight_queries_at_any_size(client, viewer, count, django_assert_max_num_queries):
    add_rows(count, uploaded_by=viewer)
    client.force_login(viewer)
    with django_assert_max_num_queries(8):
        client.get("/")


def test_it_is_kept_by_no_shared_cache(client):
    response = client.get("/")
    assert response["Cache-Control"] == "private, no-cache"
    assert "Cookie" in response["Vary"]


def test_it_answers_get_head_and_post(client):
    assert client.head("/").status_code == 200
    assert client.put("/").status_code == 405


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [("", "cab"), ("created_at", "bac"), ("title", "abc"), ("-title", "cba"), ("size", "acb")],
)
def test_it_sorts(client, ordering, expected):
    for title, size in (("b", 3), ("a", 1), ("c", 2)):
        add_image(make_image(seed=size), title=title)
        Image.objects.filter(title=title).update(size=size)
    shown = Tags(client.get("/", {"ordering": ordering})).images()
    assert "".join(attrs["alt"] for attrs in shown) == expected


def test_load_more_keeps_the_order(client):
    for number, image in enumerate(images := add_rows(70)):
        image.title = f"{number:02}"
    Image.objects.bulk_update(images, ["title"])
    assert walk(client, "/?ordering=-title") == [cell(image).src for image in reversed(images)]


def test_the_box_shows_what_the_address_asks_old_ones_too(client, viewer):
    add_image()
    client.force_login(viewer)
    page = client.get("/?ordering=-size&visibility=public&search=photo").content.decode()
    assert 'value="photo is:public sort:-size"' in page


@pytest.mark.parametrize("address", ["/?search=photo+(", "/?search=colour:red", "/?type=x", "/?min_width=x"])
def test_what_is_not_understood_shows_nothing_rather_than_something_else(client, address):
    add_image()
    response = client.get(address)
    assert response.status_code == 200
    assert not Tags(response).images()
    assert "Nothing matches" not in response.content.decode()


def test_a_search_is_refused_in_a_sentence_at_its_place(client):
    add_image()
    response = client.get("/?search=photo+colour:red")
    page = response.content.decode()
    assert "There is no field colour." in page
    assert "<code>photo <span>c</span>olour:red</code>" in page
    assert "The place is character 7." in page
    (box,) = (attrs for tag, attrs in Tags(response).all if attrs.get("name") == "search")
    assert (box["aria-invalid"], box["aria-describedby"], box["value"]) == (
        "true",
        "refusal",
        "photo colour:red",
    )


def test_the_page_marks_itself_and_names_the_api(client):
    tags = Tags(client.get("/"))
    assert tags.link(**{"href": "/", "aria-current": "page"})
    assert tags.link(href="#main")
    assert tags.link(href="/api/docs")


def test_every_aspect_has_its_rule_in_the_style_sheet():
    rules = Path(finders.find("images/gallery/gallery.css")).read_text()
    for name in ASPECTS:
        assert f'[data-aspect="{name}"]' in rules


def test_nothing_is_inline(client):
    """The content security policy would block it."""
    add_image()
    client.force_login(make_user("somebody", "Editors"))
    response = client.get("/")
    assert " style=" not in response.content.decode()
    tags = Tags(response).all
    assert "style" not in {tag for tag, _ in tags}
    assert all(attrs["src"].startswith("/static/") for tag, attrs in tags if tag == "script")
