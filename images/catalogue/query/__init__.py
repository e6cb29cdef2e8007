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
)

__all__ = [
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
]
