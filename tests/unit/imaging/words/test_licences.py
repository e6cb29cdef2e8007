"""Where the text of a licence stands."""

import pytest

from images.imaging.words.licences import address_of


@pytest.mark.parametrize(
    ("licence", "address"),
    [
        ("", ""),
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC-BY-NC-ND-3.0", "https://creativecommons.org/licenses/by-nc-nd/3.0/"),
        ("CC-BY-SA-3.0-DE", "https://creativecommons.org/licenses/by-sa/3.0/de/"),
        ("CC-BY-3.0-IGO", "https://creativecommons.org/licenses/by/3.0/igo/"),
        ("CC-BY-NC-SA-2.5-GB-SCT", "https://creativecommons.org/licenses/by-nc-sa/2.5/scotland/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/"),
        ("CC-PDDC", "https://creativecommons.org/licenses/publicdomain/"),
        ("MIT", "https://spdx.org/licenses/MIT.html"),
        ("etalab-2.0", "https://spdx.org/licenses/etalab-2.0.html"),
        ("LicenseRef-Archive", ""),
    ],
)
def test_the_address_of_a_licence(licence, address):
    assert address_of(licence) == address
