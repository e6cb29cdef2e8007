"""pages/theme.py: of any colour at all, what links and buttons are drawn in, light and dark."""

import re
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from images.pages.contrast import contrast, parse
from images.pages.theme import DARK, LIGHT, stylesheet
from tests import BASE_DIR

BASE_CSS = (BASE_DIR / "images/static/images/base.css").read_text()
GROUNDS = ("ground", "raised", "sunken")
TEXT = 4.5  # WCAG 2.2, 1.4.3; parts of controls need 3 (1.4.11)

each_byte = st.integers(0, 255)
colors = st.tuples(each_byte, each_byte, each_byte).map(lambda color: "#{:02x}{:02x}{:02x}".format(*color))


def variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", css))


def brighter(color: str) -> str:
    """Return what the filter brightness(1.1) of buttons makes of it (Filter Effects, 5.1)."""
    return "#" + "".join(f"{min(255, round(1.1 * part)):02x}" for part in parse(color))


LIGHT_CSS, DARK_CSS = BASE_CSS.split("@media (prefers-color-scheme: dark)")[:2]
SCHEMES = {"light": variables(LIGHT_CSS), "dark": variables(DARK_CSS[: DARK_CSS.index("}")])}


@given(colors)
@example("#ffff00")
@example("#ffffff")
@example("#000000")
@example("#808080")
@example("#777777")
@example("#0000ff")
@example("#ff0000")
@example("#00ff00")
def test_any_colour_is_read_as_text_and_read_upon_in_either_scheme(color):
    drawn = variables(stylesheet(color))
    for scheme, css in SCHEMES.items():
        accent, upon = drawn[f"accent-{scheme}"], drawn[f"on-accent-{scheme}"]
        for ground in GROUNDS:
            assert contrast(accent, css[ground]) >= TEXT, (scheme, ground, accent)
        assert contrast(upon, accent) >= TEXT, (scheme, accent)
        assert contrast(brighter(upon), brighter(accent)) >= TEXT, (scheme, accent, "under the pointer")


@given(colors)
def test_a_colour_is_drawn_the_same_each_time_and_a_drawn_one_is_drawn_as_it_is(color):
    assert stylesheet(color) == stylesheet(color)
    for scheme in SCHEMES:
        drawn = variables(stylesheet(color))[f"accent-{scheme}"]
        assert variables(stylesheet(drawn))[f"accent-{scheme}"] == drawn


@given(colors)
def test_what_has_enough_contrast_stays_and_the_rest_is_moved_no_further_than_it_must(color):
    for scheme, toward in ((LIGHT, 0), (DARK, 255)):
        drawn = parse(scheme.drawn(color))
        for part, before in zip(drawn, parse(color), strict=True):
            assert min(before, toward) <= part <= max(before, toward)
    assert LIGHT.drawn("#2450bd") == "#2450bd"
    assert DARK.drawn("#9db8ff") == "#9db8ff"


def test_the_grounds_are_those_of_the_pages():
    for scheme, css in ((LIGHT, SCHEMES["light"]), (DARK, SCHEMES["dark"])):
        assert list(scheme.grounds) == [css[ground] for ground in GROUNDS]


def test_it_is_variables_and_nothing_else_which_the_pages_read():
    css = stylesheet("#ffff00")
    assert re.fullmatch(r":root \{( --[a-z-]+: #[0-9a-f]{6};){4} \}\n", css)
    for name, scheme in product(("accent", "on-accent"), SCHEMES):
        assert f"--{name}: var(--{name}-{scheme}, #" in BASE_CSS


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
        ("#808080", "#808080", 1),
    ],
)
def test_contrast_is_that_of_the_standard(one, other, ratio):
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == ratio
