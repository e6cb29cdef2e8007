"""What a search text says, as frozen values. `str` of each is text that is read as the same again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

UNITS = (("GB", 10**9), ("MB", 10**6), ("KB", 10**3), ("B", 1))  # of bytes
QUOTES = ('""', "“”", "«»", "»«")  # what opens and closes a phrase


@dataclass(frozen=True)
class Word:
    """A word as it was typed, found as part of any word; one or two letters find whole words alone."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Phrase:
    """Whole words in this order: `"a phrase"`."""

    text: str

    def __str__(self) -> str:
        return quoted(self.text)


@dataclass(frozen=True)
class Text:
    """A field's words: `camera:x100v` finds parts, `camera:"x100v"` whole words."""

    text: str
    is_whole: bool = False

    def __str__(self) -> str:
        return quoted(self.text) if self.is_whole else self.text


@dataclass(frozen=True)
class Choice:
    """One of the names that the field knows, in its canonical form: `type:jpeg`, `is:private`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Between:
    """Numbers between two ends, None for none; an end is within unless it is open, and then it is the only
    one. In the field's own unit: pixels, bytes, ISO, f-number.
    """

    low: Decimal | None
    high: Decimal | None
    is_low_open: bool = False
    is_high_open: bool = False

    def __str__(self) -> str:
        return self.written()

    def written(self, in_bytes: bool = False) -> str:
        """Return the text of the numbers, of bytes with the largest unit that leaves them whole."""
        low, high = (_written(number, in_bytes) for number in (self.low, self.high))
        if self.is_low_open:
            return f">{low}"
        if self.is_high_open:
            return f"<{high}"
        return low if self.low == self.high else f"{low}..{high}"


@dataclass(frozen=True)
class Days:
    """Days between two ends, both within, None for none. What was typed as `last-week` is its days."""

    first: date | None
    last: date | None

    def __str__(self) -> str:
        first, last = (day.isoformat() if day else "" for day in (self.first, self.last))
        if self.first and self.last:
            if self.first == self.last:
                return first
            after = self.last + timedelta(days=1)
            if self.first.day == after.day == 1:  # whole months
                if self.first.month == after.month == 1 and after.year == self.first.year + 1:
                    return first[:4]
                return first[:7] if first[:7] == last[:7] else f"{first[:7]}..{last[:7]}"
        return f"{first}..{last}"


@dataclass(frozen=True)
class Ratio:
    """Width to height, in lowest terms: `ratio:16:9`."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"


Value = Text | Choice | Between | Days | Ratio


@dataclass(frozen=True)
class Field:
    """`name:value`."""

    name: str
    value: Value

    def __str__(self) -> str:
        if isinstance(self.value, Between):
            return f"{self.name}:{self.value.written(in_bytes=self.name == 'size')}"
        return f"{self.name}:{self.value}"


@dataclass(frozen=True)
class Not:
    node: "Node"

    def __str__(self) -> str:
        is_dash = isinstance(self.node, Word) and self.node.text.startswith("-")
        return f"-({self.node})" if is_dash or isinstance(self.node, And | Or) else f"-{self.node}"


@dataclass(frozen=True)
class And:
    nodes: tuple["Node", ...]  # two or more, none an And, each once

    def __str__(self) -> str:
        return " ".join(f"({node})" if isinstance(node, Or) else str(node) for node in self.nodes)


@dataclass(frozen=True)
class Or:
    nodes: tuple["Node", ...]  # two or more, none an Or, each once

    def __str__(self) -> str:
        return " or ".join(map(str, self.nodes))


Leaf = Word | Phrase | Field
Node = Leaf | Not | And | Or


@dataclass(frozen=True)
class Query:
    """All that was typed: what to find (None: everything), and `sort:` (an ordering of the API, or "")."""

    tree: Node | None = None
    sort: str = ""

    def __str__(self) -> str:
        sort = f"sort:{self.sort.removesuffix('_at').replace('created', 'uploaded')}" if self.sort else ""
        return " ".join(filter(None, (str(self.tree or ""), sort)))


def joined(kind: type[And] | type[Or], nodes: Iterable[Node]) -> Node | None:
    """Return the nodes as one, each once, those of its own kind dissolved; None when there are none."""
    flat: dict[Node, Node] = {}
    for node in nodes:
        for part in node.nodes if isinstance(node, kind) else (node,):
            flat.setdefault(Word(part.text.casefold()) if isinstance(part, Word) else part, part)
    parts = tuple(flat.values())
    return kind(parts) if len(parts) > 1 else next(iter(parts), None)


def quoted(text: str) -> str:
    """Return `text` in the first quotes that it does not close itself; nobody can type what closes all."""
    pair = next((pair for pair in QUOTES if pair[1] not in text), QUOTES[0])
    return pair[0] + text + pair[1]


def conjuncts(tree: Node | None) -> tuple[Node, ...]:
    """Return the nodes that all have to hold."""
    match tree:
        case None:
            return ()
        case And(nodes):
            return nodes
    return (tree,)


def leaves(node: Node | None) -> Iterator[Leaf]:
    """Yield the words, phrases and fields of a tree as they were typed."""
    match node:
        case And() | Or():
            for part in node.nodes:
                yield from leaves(part)
        case Not():
            yield from leaves(node.node)
        case Word() | Phrase() | Field():
            yield node


def _written(number: Decimal | None, in_bytes: bool) -> str:
    if number is None:
        return ""
    if in_bytes:
        unit, times = next(row for row in UNITS if row[1] == 1 or (number and not number % row[1]))
        return f"{number / times:f}{unit}"
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
