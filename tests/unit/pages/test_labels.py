"""What pages say of an image in words."""

import pytest

from images.models import Image
from images.pages.labels import LICENCES, address, licence, size

CC = "https://creativecommons.org"


@pytest.mark.parametrize(
    ("identifier", "name", "url"),
    [
        ("CC-BY-4.0", "CC BY 4.0", f"{CC}/licenses/by/4.0/"),
        ("cc-by-nc-sa-2.5", "CC BY-NC-SA 2.5", f"{CC}/licenses/by-nc-sa/2.5/"),
        ("CC-BY-SA-3.0-DE", "CC BY-SA 3.0 DE", f"{CC}/licenses/by-sa/3.0/de/"),
        ("CC-BY-3.0-IGO", "CC BY 3.0 IGO", f"{CC}/licenses/by/3.0/igo/"),
        ("CC0-1.0", "CC0 1.0", f"{CC}/publicdomain/zero/1.0/"),
        ("CC-PDM-1.0", "Public Domain Mark 1.0", f"{CC}/publicdomain/mark/1.0/"),
        ("CC-BY-XX-4.0", "CC-BY-XX-4.0", ""),
        ("MIT", "MIT", ""),
        ("LicenseRef-Agency", "LicenseRef-Agency", ""),
    ],
)
def test_licences_of_creative_commons_are_named_and_found(identifier, name, url):
    assert licence(Image(licence=identifier)) == (name, url)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 KB"),
        (184_544, "184.5 KB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (2_340_000_000, "2.3 GB"),
    ],
)
def test_sizes_are_said_as_a_search_understands_them(count, words):
    assert size(count) == words


def test_every_licence_that_the_form_offers_is_explained_somewhere():
    assert all(licence(Image(licence=identifier)).url for identifier in LICENCES)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://example.org/a?b=c&d#e", "https://example.org/a?b=c&d#e"),
        ("https://example.org/a?b=[1]", "https://example.org/a?b=%5B1%5D"),
        ("https://[::1]/a%20b%", "https://[::1]/a%20b%25"),
        ("https://example.org/plage é|#x#y", "https://example.org/plage%20%C3%A9%7C#x%23y"),
    ],
)
def test_an_address_is_written_as_html_takes_it(url, written):
    assert address(url) == written
