"""Text -> Query, by recursive descent:

    any   all ("or" all)*
    all   one+
    one   "-" one | "(" any ")" | name ":" value | "a phrase" | word

The colon binds a value without a blank. What is none of these is refused at its place, never left out.
"""

import re
from datetime import UTC, date, datetime

from images.catalogue.query.fields import FIELDS, TEXTS
from images.catalogue.query.nodes import (
    And,
    Field,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Word,
    joined,
    leaves,
)
from images.errors import InvalidSearch
from images.text import CONTROLS, NONCHARACTERS

MAX_LENGTH = 1_000  # characters
MAX_TERMS = 16  # words, phrases and fields
MAX_TEXTS = 8  # of these, that look into texts
MAX_DEPTH = 8  # of parentheses and minuses within each other

# Between terms: what shows nothing, and halves of surrogate pairs, which no database takes.
BLANK = rf"\s\0{CONTROLS}{NONCHARACTERS}\ud800-\udfff"
BLANKS = re.compile(f"[{BLANK}]+")
OPENING = '"“”„«»'
UNCLOSED = rf"[{OPENING}](?s:.*)"  # up to the end
QUOTED = r'"[^"]*"|“[^”]*”|”[^”]*”|„[^“”]*[“”]|«[^»]*»|»[^«]*«'
BARE = rf"[^(){BLANK}]"
TOKEN = re.compile(
    rf"[{BLANK}]*(?:"
    r"(?P<open>\()|(?P<close>\))"
    rf"|(?P<minus>-)(?!-*(?:[){BLANK}]|\Z))"  # a dash by itself is a word
    rf"|(?P<name>[A-Za-z][A-Za-z0-9_-]*):(?P<value>{QUOTED}|{UNCLOSED}|{BARE}*)"
    rf"|(?P<phrase>{QUOTED}|{UNCLOSED})|(?P<word>{BARE}+)|(?P<end>\Z))"
)

LONELY_OR = "Something stands on both sides of or. Put it in quotes to find the word."
ONE_ORDER = "A search has one order, outside of parentheses and without a minus before it."
TOO_DEEP = "At most {number} parentheses or minuses stand within each other."
TOO_MANY_TEXTS = "A search has at most {number} different words and phrases."
NO_FIELD = "There is no field {name}. Put the words in quotes to find them."


def parse(text: str, *, today: date | None = None) -> Query:
    """Return what `text` says; words for days go by `today`, the day in UTC when it is not given.

    Raises InvalidSearch with the offset of the place.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidSearch("A search has at most {number} characters.", MAX_LENGTH, number=MAX_LENGTH)
    return _Parser(text, today or datetime.now(UTC).date()).query()


class _Parser:
    """Reads one text. `kind` is the group of TOKEN that the next token is, or `or`; `start` its place."""

    def __init__(self, text: str, today: date) -> None:
        self.tokens = TOKEN.finditer(text)  # without a gap: there is a token everywhere
        self.today = today
        self.sort = ""
        self.places: dict[Leaf, int] = {}  # where each was typed first
        self._advance()

    def query(self) -> Query:
        tree = self._any(0)
        if self.kind == "close":
            raise InvalidSearch("No parenthesis is open here.", self.start)
        terms = list(leaves(tree))
        texts = [leaf for leaf in terms if not isinstance(leaf, Field) or leaf.name in TEXTS]
        if len(terms) > MAX_TERMS:
            place = self.places[terms[MAX_TERMS]]
            raise InvalidSearch("A search has at most {number} words and fields.", place, number=MAX_TERMS)
        if len(texts) > MAX_TEXTS:
            place = self.places[texts[MAX_TEXTS]]
            raise InvalidSearch(TOO_MANY_TEXTS, place, number=MAX_TEXTS)
        return Query(tree, self.sort)

    def _advance(self) -> None:
        self.token = next(self.tokens)
        self.kind = self.token.lastgroup or ""
        self.start = self.token.start("name" if self.kind == "value" else self.kind)
        if self.kind == "word" and self.token["word"].lower() == "or":
            self.kind = "or"

    def _any(self, depth: int) -> Node | None:
        """Return what stands up to a parenthesis that closes or the end; None when that is nothing."""
        nodes = [self._all(depth)]
        while self.kind == "or":
            place = self.start
            self._advance()
            nodes.append(self._all(depth))
            if None in nodes:
                raise InvalidSearch(LONELY_OR, place)
        return joined(Or, [node for node in nodes if node])

    def _all(self, depth: int) -> Node | None:
        nodes = []
        while self.kind not in ("or", "close", "end"):
            if node := self._one(depth):
                nodes.append(node)
        return joined(And, nodes)

    def _one(self, depth: int) -> Node | None:
        """Return what begins here; None for an order, which is the whole search's."""
        kind, token, start = self.kind, self.token, self.start
        self._advance()
        match kind:
            case "minus" | "open" if depth == MAX_DEPTH:
                raise InvalidSearch(TOO_DEEP, start, number=MAX_DEPTH)
            case "minus":
                return self._not(depth + 1)
            case "open":
                return self._group(start, depth + 1)
            case "value" if token["value"] or token["name"].lower() in FIELDS:
                return self._field(token, depth)
            case "phrase":
                return self._placed(Phrase(_unquoted(token["phrase"], start)), start)
        return self._placed(Word(token["word"] or f"{token['name']}:"), start)

    def _not(self, depth: int) -> Node | None:
        if self.kind == "or":
            raise InvalidSearch(LONELY_OR, self.start)
        node = self._one(depth)
        return node and Not(node)

    def _group(self, start: int, depth: int) -> Node:
        node = self._any(depth)
        if self.kind != "close":
            raise InvalidSearch("This parenthesis is not closed.", start)
        if node is None:
            raise InvalidSearch("Nothing stands in these parentheses.", start)
        self._advance()
        return node

    def _field(self, token: re.Match[str], depth: int) -> Node | None:
        start, at = token.start("name"), token.start("value")
        name, value = token["name"].lower(), token["value"]
        if name not in FIELDS:
            raise InvalidSearch(NO_FIELD, start, name=token["name"])
        if not value:
            raise InvalidSearch("A value stands right behind the colon.", at)
        is_quoted = value[0] in OPENING
        if is_quoted:
            value = _unquoted(value, at)
        try:
            found = FIELDS[name].read(value, is_quoted, self.today)
        except InvalidSearch as error:
            raise InvalidSearch(error.message, at + is_quoted + error.offset, **error.parameters) from None
        if name != "sort":
            return self._placed(Field(name, found), start)
        if depth or self.sort:
            raise InvalidSearch(ONE_ORDER, start)
        self.sort = str(found)
        return None

    def _placed(self, leaf: Leaf, start: int) -> Leaf:
        self.places.setdefault(leaf, start)
        return leaf


def _unquoted(text: str, offset: int) -> str:
    """Return what stands between quotes, with single blanks. Raises InvalidSearch when that is nothing."""
    if not re.fullmatch(QUOTED, text):
        raise InvalidSearch("These quotes are not closed.", offset)
    inner = " ".join(BLANKS.sub(" ", text[1:-1]).split())
    if not inner:
        raise InvalidSearch("Nothing stands between these quotes.", offset)
    return inner
