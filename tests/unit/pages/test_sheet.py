"""The sheet: what it offers, and what it shows of a search that was typed or came from an old address."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict

from images.pages.asked import Asked
from images.pages.sheet import Option, sections


def sheet(
    address: str, user=None, tags=("coast", "black and white", "o'clock")
) -> dict[str, dict[str, Option]]:
    """Return the options by the titles of their sections and their labels."""
    found = sections(Asked(QueryDict(address)), user or AnonymousUser(), tags)
    return {str(one.title): {str(option.label): option for option in one.options} for one in found}


def search_of(option: Option) -> str:
    return parse_qs(urlsplit(option.address).query).get("search", [""])[0]


@pytest.mark.parametrize(
    ("search", "section", "label", "leads_to"),
    [
        ("", "Type", "JPEG", "type:jpeg"),
        ("kite", "Type", "JPEG", "kite type:jpeg"),
        ("kite type:png", "Type", "JPEG", "kite type:jpeg"),
        ("type:png kite", "Type", "PNG", "kite"),
        ("kite or boat", "Shape", "Portrait", "(kite or boat) shape:portrait"),
        ("-shape:square", "Shape", "Portrait", "shape:portrait"),
        ("", "Longer side", "2000 px or more", "min:2000.."),
        ("min:1234px", "Longer side", "2000 px or more", "min:2000.."),
        ("min:1234px", "Longer side", "min:1234..", ""),
        ("", "File size", "10 MB or more", "size:10MB.."),
        ("", "Alternative text", "Without", "-has:alt"),
        ("has:alt has:title", "Alternative text", "Without", "has:title -has:alt"),
        ("", "Licence", "CC BY-SA 4.0", 'licence:"cc-by-sa-4.0"'),
        ("", "Tags", "coast", "tag:coast"),
        ("tag:coast", "Tags", "black and white", 'tag:coast tag:"black and white"'),
        ("tag:coast tag:sea", "Tags", "tag:sea", "tag:coast"),
        ("", "Tags", "o'clock", 'tag:"o\'clock"'),
        ("kite", "Order", "Title, A to Z", "kite sort:title"),
        ("kite sort:title", "Order", "Newest first", "kite"),
    ],
)
def test_a_choice_leads_to_the_search_with_it(search, section, label, leads_to):
    option = sheet(urlencode({"search": search}))[section][label]
    assert search_of(option) == leads_to


@pytest.mark.parametrize(
    ("address", "section", "chosen"),
    [
        ("search=type:jpg+kite", "Type", {"JPEG"}),
        ("type=jpeg", "Type", {"JPEG"}),
        ("type=image/jpeg&search=kite", "Type", {"JPEG"}),
        ("orientation=portrait", "Shape", {"Portrait"}),
        ("ordering=-size", "Order", {"Largest file first"}),
        ("ordering=-created_at", "Order", {"Newest first"}),
        ("search=kite", "Order", {"Newest first"}),
        ("search=sort:taken", "Order", {"Earliest photograph first"}),
        ("search=tag:coast+tag:sea", "Tags", {"coast", "tag:sea"}),
        ("tag=black+and+white", "Tags", {"black and white"}),
        ("search=kite+or+type:jpeg", "Type", set()),
    ],
)
def test_it_shows_what_is_asked_for_old_addresses_too(address, section, chosen):
    assert {label for label, option in sheet(address)[section].items() if option.is_chosen} == chosen


def test_visibility_is_for_people():
    assert "Visibility" not in sheet("")
    options = sheet("visibility=private", User(username="ana"))["Visibility"]
    assert [option.is_chosen for option in options.values()] == [False, False, True]
    assert search_of(options["Public"]) == "is:public"


@pytest.mark.parametrize(
    ("address", "text", "others"),
    [
        ("search=KITE++or+boat", "KITE  or boat", []),
        ("search=kite&type=jpeg&ordering=title", "kite type:jpeg sort:title", []),
        ("type=jpeg&min_width=300&cursor=x&month=2026-03", "type:jpeg", [("min_width", "300")]),
        ("search=(kite&type=jpeg", "(kite", []),
        ("type=nonsense&ordering=%01", "", []),
    ],
)
def test_the_box_says_what_is_asked_in_one_text_and_the_rest_goes_along(address, text, others):
    asked = Asked(QueryDict(address))
    assert (asked.text, asked.others) == (text, others)


@pytest.mark.parametrize(
    ("search", "before", "at", "after"),
    [
        ("kite (boat", "kite ", "(", "boat"),
        ("kite tag:", "kite tag:", "\N{NO-BREAK SPACE}", ""),
        ("x" * 99 + " (" + "y" * 99, "…" + "x" * 59 + " ", "(", "y" * 40 + "…"),
    ],
)
def test_a_refusal_shows_the_place(search, before, at, after):
    refusal = Asked(QueryDict(urlencode({"search": search}))).refusal
    assert (refusal.before, refusal.at, refusal.after) == (before, at, after)
    assert refusal.sentence
