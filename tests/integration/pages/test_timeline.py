"""Time in the gallery: days as headings, and a timeline that leads to any month."""

from datetime import UTC, datetime
from re import findall

import pytest

from images.catalogue.taken import Taken
from images.models import Image, Month
from tests.clients.pages import Tags
from tests.factories import add_image, make_image, sha256

pytestmark = pytest.mark.django_db


def add_photograph(number: int, moment: datetime, offset: int = 0) -> Image:
    image = add_image(make_image(seed=number), title=f"{number}")
    image.write(*Taken.at(moment, offset, Image.TakenFrom.HAND).put(image))
    return image


@pytest.fixture
def photographs() -> list[Image]:
    """Of each of four days, the latest last; the first of March is late in the evening of its camera."""
    moments = [
        datetime(2025, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2026, 3, 1, 0, 0, tzinfo=UTC),
        datetime(2026, 3, 2, 9, tzinfo=UTC),
        datetime(2026, 3, 2, 10, tzinfo=UTC),
        datetime(2026, 4, 1, 0, 0, tzinfo=UTC),
    ]
    return [add_photograph(number, moment) for number, moment in enumerate(moments)]


@pytest.fixture
def months(photographs):
    Month.objects.all().delete()
    for month, public, all_ in (("2025-12-01", 1, 1), ("2026-03-01", 2, 3), ("2026-04-01", 0, 1)):
        Month.objects.create(month=month, public=public, all=all_)


def shown(response) -> str:
    return "".join(attrs["data-title"] for _, attrs in Tags(response).all if "data-title" in attrs)


def headings(response) -> list[str]:
    return [attrs["data-day"] for _, attrs in Tags(response).all if "data-day" in attrs]


def test_images_by_date_are_under_the_headings_of_their_days(client, photographs):
    response = client.get("/?ordering=-taken_at")
    assert headings(response) == ["2026-04-01", "2026-03-02", "2026-03-01", "2025-12-31"]
    assert shown(response) == "43210"
    assert not headings(client.get("/"))


def test_a_day_is_that_of_the_camera(client, photographs):
    late = datetime(2026, 6, 1, 3, 30, tzinfo=UTC)
    add_photograph(9, late, -300)
    assert headings(client.get("/?ordering=-taken_at"))[0] == "2026-05-31"


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ("/?ordering=-taken_at&month=2026-03", "3210"),
        ("/?ordering=-taken_at&month=2026-12", "43210"),
        ("/?ordering=-taken_at&month=2025-12", "0"),
        ("/?ordering=taken_at&month=2026-03", "1234"),
        ("/?ordering=-taken_at&month=1999-01", ""),
        ("/?month=2026-03", "43210"),
    ],
)
def test_a_month_is_where_the_list_starts(client, photographs, address, titles):
    assert shown(client.get(address)) == titles


def test_from_a_month_links_lead_both_ways(client, photographs, monkeypatch):
    monkeypatch.setattr("images.catalogue.cursors.PAGE_SIZE", 2)
    tags = Tags(response := client.get("/?ordering=-taken_at&month=2026-03"))
    assert shown(response) == "32"
    assert "month" not in tags.link(rel="next")["href"]
    assert shown(client.get(tags.link(rel="next")["href"])) == "10"
    assert shown(client.get(tags.link(rel="prev")["href"])) == "4"


@pytest.mark.parametrize("month", ["2026-13", "x", "\x00", "9999-12", "0001-01"])
def test_a_month_that_is_none_is_not_found(client, photographs, month):
    assert client.get("/", {"ordering": "-taken_at", "month": month}).status_code == 404


def test_the_timeline_has_what_the_person_sees(client, months, viewer):
    text = client.get("/").content.decode()
    assert "month=2026-04" not in text
    assert "month=2026-03" in text
    assert "<summary>2026 <span>2</span></summary>" in text
    client.force_login(viewer)
    text = client.get("/").content.decode()
    assert "month=2026-04" in text
    assert "<summary>2026 <span>4</span></summary>" in text


def test_the_timeline_keeps_the_search_without_its_days(client, months):
    link = next(
        attrs["href"]
        for tag, attrs in Tags(client.get("/?search=photo+-taken:2001&type=jpeg")).all
        if tag == "a" and "month=" in attrs["href"]
    )
    assert link == "/?search=photo+type%3Ajpeg&ordering=-taken_at&month=2026-04"


def figures(response) -> dict[str, int | None]:
    """Return the months of the timeline with their figures."""
    link = r'month=([-0-9]+)"[^>]*><span.*?</time>(?: <span>([0-9,]+)</span>)?</a>'
    return {
        month: int(figure) if figure else None for month, figure in findall(link, response.content.decode())
    }


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("search=photo", {"2026-04": 1, "2026-03": 3, "2025-12": 1}),
        ("search=2", {"2026-03": 1}),
        ("search=photo+taken:2025", {"2026-04": 1, "2026-03": 3, "2025-12": 1}),
        ("search=taken:2025", {"2026-03": 2, "2025-12": 1}),
        ("search=sort:title", {"2026-03": 2, "2025-12": 1}),
        ("type=jpeg&taken_before=2026-03-02", {"2026-03": 1, "2025-12": 1}),
        ("search=taken:2026&taken_before=2026-03-02", {"2026-03": 1, "2025-12": 1}),
        ("search=photo&ordering=-taken_at&month=2025-12", {"2026-04": 1, "2026-03": 3, "2025-12": 1}),
    ],
)
def test_under_a_search_months_have_the_figures_of_what_it_finds(client, months, query, told):
    assert figures(client.get(f"/?{query}")) == told


def test_nobody_counts_again_behind_a_cursor(client, months, monkeypatch):
    monkeypatch.setattr("images.catalogue.cursors.PAGE_SIZE", 2)
    following = Tags(client.get("/?search=photo")).link(rel="next")["href"]
    assert figures(client.get(following)) == {"2026-03": None, "2025-12": None}


def test_where_it_finds_many_no_month_has_a_figure(client, months, monkeypatch):
    monkeypatch.setattr("images.catalogue.counts.MAX_COUNT", 2)
    assert figures(client.get("/?search=photo")) == {"2026-03": None, "2025-12": None}


def test_a_private_image_is_in_no_figure_of_a_stranger(client, months, photographs, viewer):
    Image.objects.filter(pk=photographs[4].pk).update(visibility="private")
    assert figures(client.get("/?search=photo")) == {"2026-03": 3, "2025-12": 1}
    client.force_login(viewer)
    assert figures(client.get("/?search=photo")) == {"2026-04": 1, "2026-03": 3, "2025-12": 1}


def test_a_search_that_other_parameters_make_too_long_has_months_without_figures(client, months):
    words = "photo taken:2025.. -" + "x" * 970
    assert figures(client.get("/", {"search": words, "type": "jpeg", "orientation": "landscape"})) == {
        "2026-03": None,
        "2025-12": None,
    }


def test_the_timeline_marks_where_one_is(client, months):
    tags = Tags(client.get("/?ordering=-taken_at&month=2026-03"))
    (here,) = (a for t, a in tags.all if t == "a" and a.get("aria-current") == "true")
    assert here["href"].endswith("month=2026-03")


@pytest.mark.parametrize(
    "query",
    ["ordering=-taken_at&month=2026-03", "search=a", "search=jpg+taken:2000..", "type=jpeg&search=a+"],
)
def test_it_costs_at_most_eight_queries(client, viewer, months, query, django_assert_max_num_queries):
    Image.objects.bulk_create(
        Image(hash=sha256(bytes([n])), mime_type="image/jpeg", size=1, width=3, height=2, filename="a.jpg")
        for n in range(70)
    )
    client.force_login(viewer)
    with django_assert_max_num_queries(8):
        client.get(f"/?{query}")
