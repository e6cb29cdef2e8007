"""What a search text says, as frozen values. `str` of each is text that is read as the same again."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Word:
    """A word as it was typed, found as part of any word; one or two letters find whole words alone."""

    text: str


@dataclass(frozen=True)
class Phrase:
    """Whole words in this order: `"a phrase"`."""

    text: str


@dataclass(frozen=True)
class Text:
    """A field's words: `camera:x100v` finds parts, `camera:"x100v"` whole words."""

    text: str
    is_whole: bool = False


@dataclass(frozen=True)
class Choice:
    """One of the names that the field knows, in its canonical form: `type:jpeg`, `is:private`."""

    name: str


@dataclass(frozen=True)
class Between:
    """Numbers between two ends, None for none; an end is within unless it is open. In the field's own unit:
    pixels, bytes, ISO, f-number.
    """

    low: Decimal | None
    high: Decimal | None
    is_low_open: bool = False
    is_high_open: bool = False


@dataclass(frozen=True)
class Days:
    """Days between two ends, both within, None for none. What was typed as `last-week` is its days."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class Ratio:
    """Width to height, in lowest terms: `ratio:16:9`."""

    width: int
    height: int


Value = Text | Choice | Between | Days | Ratio


@dataclass(frozen=True)
class Field:
    """`name:value`."""

    name: str
    value: Value


@dataclass(frozen=True)
class Not:
    node: "Node"


@dataclass(frozen=True)
class And:
    nodes: tuple["Node", ...]  # two or more, none an And


@dataclass(frozen=True)
class Or:
    nodes: tuple["Node", ...]  # two or more, none an Or


Node = Word | Phrase | Field | Not | And | Or


@dataclass(frozen=True)
class Query:
    """All that was typed: what to find (None: everything), and `sort:` (an ordering of the API, or "")."""

    tree: Node | None = None
    sort: str = ""
