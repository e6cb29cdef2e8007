"""Whose an image is and what it is called: shown on its page, and changed there."""

import pytest

from images.models import Image
from images.text import MAX_KEYWORD_LENGTH, MAX_KEYWORDS
from tests.clients.pages import Form, Tags
from tests.factories import add_image

pytestmark = pytest.mark.django_db

RIGHTS = {
    "author": "Ada <Kite>",
    "credit": "Ada Kite / Beach Agency",
    "copyright": "© 2026 Ada Kite\nAll kites reserved",
    "licence": "CC-BY-4.0",
    "source_url": "https://example.org/kites?red&new",
    "keywords": ["kite", "red, dark", "شاطئ"],
}


@pytest.fixture
def image(contributor) -> Image:
    image = add_image(title="Kite", uploaded_by=contributor)
    Image.objects.update(**RIGHTS)
    image.refresh_from_db()
    return image


@pytest.fixture
def signed_in(client, contributor):
    client.force_login(contributor)
    return client


def opened(client, image: Image) -> Form:
    return Form(client.get(image.get_absolute_url()), "description")


def send(client, image: Image, sent: dict[str, str], status: int = 302) -> str:
    response = client.post(image.get_absolute_url(), sent)
    assert response.status_code == status
    image.refresh_from_db()
    return response.content.decode()


def test_everybody_is_told_whose_it_is(client, image):
    response = client.get(image.get_absolute_url())
    page = response.content.decode()
    for text in ("Ada &lt;Kite&gt;", "Beach Agency", "2026 Ada Kite<br>All kites", "red, dark", "شاطئ"):
        assert text in page
    tags = Tags(response)
    assert tags.link(rel="license", href="https://creativecommons.org/licenses/by/4.0/")
    assert tags.link(rel="nofollow", href=RIGHTS["source_url"])


def test_nothing_is_said_where_nothing_is_known(client):
    page = client.get(add_image().get_absolute_url()).content.decode()
    for name in ("Author", "Credit", "Copyright", "Licence", "Source", "Keywords"):
        assert f"<dt>{name}</dt>" not in page


def test_they_are_changed_and_a_form_sent_back_as_it_was_changes_nothing(signed_in, image):
    before = image.updated_at
    form = opened(signed_in, image)
    send(signed_in, image, form.fields)
    assert image.updated_at == before
    changed = form.filled(author="Bea", keywords=" wind \r\n\r\nkite\r\nwind\r\n", licence="CC0-1.0")
    send(signed_in, image, changed)
    assert (image.author, image.keywords, image.licence) == ("Bea", ["wind", "kite"], "CC0-1.0")
    assert (image.credit, image.copyright) == (RIGHTS["credit"], RIGHTS["copyright"])


def test_decoration_is_ticked_and_unticked_and_a_program_that_leaves_it_out_changes_nothing(signed_in, image):
    send(signed_in, image, opened(signed_in, image).fields | {"decorative": "on"})
    assert image.decorative
    send(signed_in, image, {"title": "Red kite"})
    assert image.decorative
    ticked = opened(signed_in, image).fields
    assert ticked.pop("decorative") == "on"
    send(signed_in, image, ticked)
    assert not image.decorative


def test_keywords_that_two_change_at_once_are_told(signed_in, image):
    form = opened(signed_in, image)
    Image.objects.update(keywords=["theirs"], credit="Theirs")
    page = send(signed_in, image, form.filled(keywords="mine"), 400)
    assert "changed meanwhile, to <q><bdi>theirs</bdi></q>" in page
    assert image.keywords == ["theirs"]
    again = Form(signed_in.post(image.get_absolute_url(), form.filled(keywords="mine")), "description")
    send(signed_in, image, again.fields)
    assert (image.keywords, image.credit) == (["mine"], "Theirs")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("licence", "all mine", "An identifier of SPDX"),
        ("source_url", "javascript:alert(1)", "Enter a valid URL"),
        ("source_url", "ftp://example.org/", "Enter a valid URL"),
        ("keywords", "\n".join(map(str, range(MAX_KEYWORDS + 1))), f"at most {MAX_KEYWORDS} keywords"),
        ("keywords", "x" * (MAX_KEYWORD_LENGTH + 1), f"at most {MAX_KEYWORD_LENGTH} characters"),
    ],
)
def test_what_is_refused_is_explained_in_sight(signed_in, image, name, value, told):
    page = send(signed_in, image, opened(signed_in, image).filled(**{name: value}), 400)
    assert told in page
    assert "<details open>" in page  # what is folded away is not
    assert getattr(image, name) == RIGHTS[name]
