"""What people say of an image over the API: words, rights, tags, and when it was taken."""

from datetime import UTC, date, datetime

import pytest

from images.models import Image
from tests.clients.api import IMAGES, client_of, form, problem
from tests.factories import add_image, said_of

pytestmark = pytest.mark.django_db

SAID = {
    "decorative": True,
    "author": "Ansel Adams",
    "credit": "Ansel Adams / Agency",
    "copyright": "© 1942 Ansel Adams\nAll rights reserved",
    "licence": "CC-BY-SA-4.0",
    "source_url": "https://example.org/tetons?page=1#top",
    "tags": ["Paris, France", "Snake River", "山"],
}
TAKEN = ("taken_at", "taken_offset", "taken_day", "taken_from")


def patch(editor, image: Image, format_: str = "json", **sent):
    return client_of(editor).patch(f"{IMAGES}/{image.pk}", sent, format=format_)


def taken(answer: dict) -> tuple:
    return tuple(answer[name] for name in TAKEN)


def refused(response) -> str:
    """Return the field that is named by a well-formed refusal, each of whose messages is a sentence."""
    assert problem(response) == (400, "validation_error")
    ((field, sentences),) = response.json()["errors"].items()
    assert all(isinstance(sentence, str) for sentence in sentences)
    return field


def test_what_is_said_with_an_upload_is_kept(contributor):
    answer = client_of(contributor).post(IMAGES, form() | SAID).json()
    assert SAID.items() <= answer.items()
    image = Image.objects.get()
    assert said_of(image, *SAID) == SAID


@pytest.mark.parametrize("format_", ["json", "multipart"])
def test_what_is_said_later_is_kept_and_can_be_emptied(editor, format_):
    image = add_image()
    assert SAID.items() <= patch(editor, image, format_, **SAID).json().items()
    empty = {name: type(value)() for name, value in SAID.items()}
    sent = empty | ({"tags": ""} if format_ == "multipart" else {})
    assert empty.items() <= patch(editor, image, format_, **sent).json().items()


def test_tags_are_clean_and_each_is_there_once(editor):
    image = add_image()
    answer = patch(editor, image, tags=[" E\u0301tretat", "\u00e9tretat", "", "a\nb\u202e"]).json()
    assert answer["tags"] == answer["keywords"] == ["a b", "\u00c9tretat"]
    assert said_of(image, "tags") == {"tags": answer["tags"]}


@pytest.mark.parametrize(
    ("sent", "tags"),
    [
        ({"keywords": ["a", "b"]}, ["a", "b"]),
        ({"keywords": ["a"], "tags": ["quay"]}, ["a"]),  # what was read, changed under either name
        ({"keywords": ["Quay"], "tags": ["a"]}, ["a"]),
        ({"keywords": ["b", "a"], "tags": ["a", "b"]}, ["a", "b"]),
        ({"keywords": ["quay"], "tags": ["quay"]}, ["quay"]),
    ],
)
def test_tags_are_taken_under_their_former_name_too(editor, sent, tags):
    answer = patch(editor, add_image(tags=["quay"]), **sent).json()
    assert answer["tags"] == answer["keywords"] == tags


def test_two_different_lists_of_tags_are_refused(editor, contributor):
    image = add_image(tags=["quay"])
    assert refused(patch(editor, image, tags=["a"], keywords=["b"])) == "keywords"
    assert said_of(image, "tags") == {"tags": ["quay"]}
    sent = form(1) | {"tags": ["a"], "keywords": ["b"]}
    assert refused(client_of(contributor).post(IMAGES, sent)) == "keywords"
    assert Image.objects.count() == 1


def test_an_address_is_clean(editor):
    assert patch(editor, add_image(), source_url=" https://a.example/\u202egpj ").json()["source_url"] == (
        "https://a.example/gpj"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("author", "x" * 201),
        ("credit", "a\0b"),
        ("copyright", "x" * 501),
        ("licence", "© mine"),
        ("licence", "x" * 65),
        ("source_url", "javascript:alert(1)"),
        ("source_url", "ftp://example.org/"),
        ("source_url", "https://example.org/" + "x" * 2_000),
        ("decorative", "perhaps"),
        ("decorative", None),
        ("decorative", ["true"]),
        ("tags", None),
        ("tags", "harbour"),
        ("tags", {"0": "harbour"}),
        ("tags", ["x" * 101]),
        ("tags", ["a\0b"]),
        ("tags", [1, 2, None]),
        ("tags", [["harbour"]]),
        ("tags", [str(number) for number in range(101)]),
        ("taken_at", "yesterday"),
        ("taken_at", "2019-08-02"),
        ("taken_at", "2019-W31-5"),
        ("taken_at", "1799-12-31T23:59:59"),
        ("taken_at", "0001-01-01T00:00:00+14:00"),
        ("taken_at", "9999-12-31T23:59:59-12:00"),
        ("taken_at", "2019-08-02T11:45:30+18:01"),
        ("taken_at", "2019-08-02T11:45:30+02:00:30"),
        ("taken_at", 1564746330),
        ("taken_at", ["2019-08-02T11:45:30Z"]),
        ("taken_offset", 1081),
        ("taken_offset", "+02:00"),
        ("taken_offset", True),
        ("taken_offset", 60),  # of what?
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(editor, name, value):
    image = add_image(tags=["quay"])
    before = said_of(image, name)
    assert refused(patch(editor, image, **{name: value})) == name
    assert said_of(image, name) == before


@pytest.mark.parametrize(
    ("sent", "at", "offset", "day"),
    [
        ({"taken_at": "2019-08-02T23:30:00+02:00"}, "2019-08-02T21:30:00Z", 120, "2019-08-02"),
        ({"taken_at": "2019-08-02T23:30:00-05:00"}, "2019-08-03T04:30:00Z", -300, "2019-08-02"),
        ({"taken_at": "2019-08-02T23:30:00+00:00"}, "2019-08-02T23:30:00Z", 0, "2019-08-02"),
        ({"taken_at": "2019-08-02T23:30:00.5Z"}, "2019-08-02T23:30:00.500000Z", None, "2019-08-02"),
        ({"taken_at": "2019-08-02 23:30"}, "2019-08-02T23:30:00Z", None, "2019-08-02"),
        (
            {"taken_at": "2019-08-02T23:30:00", "taken_offset": 120},
            "2019-08-02T21:30:00Z",
            120,
            "2019-08-02",
        ),
        (
            {"taken_at": "2019-08-02T23:30:00Z", "taken_offset": 120},
            "2019-08-02T23:30:00Z",
            120,
            "2019-08-03",
        ),
        (
            {"taken_at": "2019-08-02T23:30:00+01:00", "taken_offset": -60},
            "2019-08-02T22:30:00Z",
            -60,
            "2019-08-02",
        ),
    ],
)
def test_a_moment_sets_offset_and_day(editor, sent, at, offset, day):
    uploaded = client_of(editor).post(IMAGES, form() | sent).json()
    assert taken(uploaded) == (at, offset, day, "upload")
    image = add_image()
    Image.objects.update(taken_at=None, taken_offset=None, taken_day=None, taken_from="")
    assert taken(patch(editor, image, **sent).json()) == (at, offset, day, "hand")
    image.refresh_from_db()
    assert image.taken_day == date.fromisoformat(day)


@pytest.fixture
def dated() -> Image:
    """An image whose camera said when: at nine in the evening, two hours east of UTC."""
    image = add_image()
    Image.objects.update(
        taken_at=datetime(2019, 8, 2, 19, tzinfo=UTC),
        taken_offset=120,
        taken_day=date(2019, 8, 2),
        taken_from="file",
    )
    image.refresh_from_db()
    return image


def test_a_z_and_an_offset_alone_leave_the_rest_as_it_is(editor, dated):
    answer = patch(editor, dated, taken_at="2019-08-02T22:30:00Z").json()
    assert taken(answer) == ("2019-08-02T22:30:00Z", 120, "2019-08-03", "hand")
    answer = patch(editor, dated, taken_offset=None).json()
    assert taken(answer) == ("2019-08-02T22:30:00Z", None, "2019-08-02", "hand")


def test_a_moment_that_is_taken_back_is_known_to_be_unknown(editor, dated):
    assert taken(patch(editor, dated, taken_at=None).json()) == (None, None, None, "hand")


def test_an_empty_field_of_a_form_takes_it_back_too(editor, dated):
    assert taken(patch(editor, dated, "multipart", taken_at="").json()) == (None, None, None, "hand")


@pytest.mark.parametrize("year", [2019, 1])  # as a camera without a battery has it
def test_what_is_sent_back_as_it_was_read_changes_nothing(editor, dated, year):
    Image.objects.update(taken_at=datetime(year, 8, 2, 19, tzinfo=UTC))
    before = client_of(editor).get(f"{IMAGES}/{dated.pk}").json()
    answer = patch(editor, dated, **before).json()
    assert answer == before


@pytest.mark.parametrize(
    "sent",
    [{"taken_at": "2019-08-02T21:00:00+02:00"}, {"taken_offset": 120}, {"taken_at": "2019-08-02T19:00Z"}],
)
def test_the_same_moment_in_other_words_is_no_correction(editor, dated, sent):
    assert patch(editor, dated, **sent).json()["taken_from"] == "file"


def test_where_it_is_known_from_and_the_day_are_not_said_by_a_sender(editor, dated):
    answer = patch(editor, dated, taken_from="upload", taken_day="2000-01-01").json()
    assert taken(answer) == ("2019-08-02T19:00:00Z", 120, "2019-08-02", "file")
    response = client_of(editor).post(IMAGES, form(1) | {"taken_from": "hand"})
    assert refused(response) == "taken_from"


def test_the_files_own_words_are_told_only_to_who_may_edit(editor, viewer):
    """A word that a person took out of the title is still in them."""
    image = add_image(title="Harbour")
    Image.objects.update(metadata={"iso": 100, "words": {"title": "For internal use"}})
    told = [client_of(who).get(f"{IMAGES}/{image.pk}").json()["metadata"] for who in (None, viewer, editor)]
    assert told == [{"iso": 100}, {"iso": 100}, {"iso": 100, "words": {"title": "For internal use"}}]
