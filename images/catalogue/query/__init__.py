"""The language of the search box, without Django: text -> a frozen tree, and back by `str`.

Query                        what was typed: a tree or nothing, and an order
  And, Or, Not               of nodes
  Word, Phrase               texts: a part of a word, whole words
  Field                      `name:value`, the value one of
    Text                       words, as parts or whole
    Choice                     one of the field's own names
    Between                    numbers between two ends
    Days                       days between two ends
    Ratio                      two sides

parse(text) makes a Query of a text or raises InvalidSearch; fields.py has the fields that there are.
"""

from images.catalogue.query.nodes import (
    And,
    Between,
    Choice,
    Days,
    Field,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Ratio,
    Text,
    Value,
    Word,
    conjuncts,
    leaves,
)
from images.catalogue.query.parser import MAX_LENGTH, parse

__all__ = [
    "MAX_LENGTH",
    "And",
    "Between",
    "Choice",
    "Days",
    "Field",
    "Node",
    "Not",
    "Or",
    "Phrase",
    "Query",
    "Ratio",
    "Text",
    "Value",
    "Word",
    "conjuncts",
    "leaves",
    "parse",
]
