"""What of a search an index finds by itself: a list of few starts from there and checks the rest on them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet, Value

from images.catalogue.conditions import Conditions, needle_of
from images.catalogue.favourites import favourites_of
from images.catalogue.query import And, Choice, Field, Node, Or, Text
from images.catalogue.rows import NOTHING
from images.catalogue.texts import FEW, WINDOW, Statement, found_by_index, has_key, joined_keys, statement_of
from images.models import Image

MAX_DRIVERS = 4  # counted for one list, and sides of an `or`
LINKED = ("hash", "tag", "album", "favourite")  # found in the trash as well
INDEXED = (  # fields that an index finds and what `is` says, the first the likelier to have few
    *(*LINKED, "by", "camera", "lens", "licence", "iso", "f"),
    *("taken", "uploaded", "size", "width", "height", "type", *Image.Visibility.values),
)


@dataclass(frozen=True)
class Driver:
    """What an index finds: the condition that `nodes` make together, and the statement of at most so many
    rows that tell how many those are. Of more than WINDOW it may find some alone.
    """

    nodes: Sequence[Node]
    condition: Q
    limited: Callable[[int], Statement]
    is_of_keys: bool = False  # which are few enough to be kept, or too many


def driver_of(condition: Q, base: QuerySet[Any, Any], nodes: Sequence[Node] = ()) -> Driver:
    """Return the driver of the rows of `base` for which `condition` holds; counted in its index alone."""
    return Driver(nodes, condition, partial(_statement, base.filter(condition)))


def _statement(rows: QuerySet[Any, Any], most: int) -> Statement:
    sql, params = rows.order_by().annotate(one=Value(1)).values("one")[:most].query.sql_with_params()
    return sql, list(params)


class Either(NamedTuple):
    """A driver for each side of an `or`: together they find what it asks for."""

    sides: Sequence[Driver]


def drivers_of(nodes: Sequence[Node], conditions: Conditions) -> list[Driver | Either]:
    """Return the drivers among nodes that all hold, those first that are likely to have few rows."""
    found: list[Driver | Either] = []
    if texts := [node for node in nodes if needle_of(node)]:
        found.append(_of_texts(texts))
    fields = [node for node in nodes if isinstance(node, Field) and _is_indexed(node, conditions)]
    for field in sorted(fields, key=lambda field: INDEXED.index(_name(field))):
        found.append(_of_field(field, conditions))
    for node in nodes:
        if isinstance(node, Or) and (either := _either(node, conditions)):
            found.append(either)
    return found[:MAX_DRIVERS]


def fewest(drivers: Sequence[Driver | Either], base: QuerySet[Image]) -> tuple[Driver, int] | None:
    """Return the driver with the fewest rows of `base` and their number, which is FEW + 1 where there are
    more. What the index of texts finds few of is found once: the driver has the keys from then on.
    """
    if not drivers:
        return None
    groups = [driver.sides if isinstance(driver, Either) else (driver,) for driver in drivers]
    numbered = iter(_numbered([driver for group in groups for driver in group]))
    counted = []
    for driver, group in zip(drivers, groups, strict=True):
        those = list(islice(numbered, len(group)))
        counted.append(_united(those, base) if isinstance(driver, Either) else those[0])
    return min(counted, key=lambda pair: pair[1])


def _numbered(drivers: Sequence[Driver]) -> Iterator[tuple[Driver, int]]:
    """Yield each driver and how many rows it has, of more than FEW one more. They are counted together."""
    statements: list[str] = []
    params: list[Any] = []
    for driver in drivers:
        counts = joined_keys() if driver.is_of_keys else "COUNT(*)"
        try:
            sql, of_driver = driver.limited(FEW + 1)
        except EmptyResultSet:
            statements.append("NULL")
            continue
        statements.append(f"(SELECT {counts} FROM ({sql}) AS found)")  # noqa: S608  the ORM's own
        params += of_driver
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(statements)}", params)
        answers = cursor.fetchone()
    for driver, answer in zip(drivers, answers, strict=True):
        if not answer:
            yield driver, 0
        elif driver.is_of_keys:
            count = answer.count(",") + 1
            yield (replace(driver, condition=has_key(answer)) if count <= FEW else driver), count
        else:
            yield driver, answer


def _united(sides: Sequence[tuple[Driver, int]], base: QuerySet[Image]) -> tuple[Driver, int]:
    """Return the driver of all that the sides of an `or` find, or one of those that finds many by itself."""
    largest, most = max(sides, key=lambda pair: pair[1])
    if most > FEW:
        return replace(largest, nodes=()), most
    limited = (base.filter(driver.condition).values("pk")[:WINDOW] for driver, count in sides if count)
    keys = [base.filter(pk__in=some).values("pk") for some in limited]
    united = driver_of(Q(pk__in=keys[0].union(*keys[1:])) if keys else NOTHING, base)
    count = sum(count for _, count in sides)
    return (united, count) if count <= FEW else next(_numbered([united]))


def _is_indexed(field: Field, conditions: Conditions) -> bool:
    # The indexes of columns are of what is listed.
    return _name(field) in (LINKED if conditions.is_trash else INDEXED)


def _name(field: Field) -> str:
    return field.value.name if field.name == "is" and isinstance(field.value, Choice) else field.name


def _of_texts(nodes: Sequence[Node]) -> Driver:
    """Return the driver of words and phrases: the index finds those that have all at once."""
    needles = [needle_of(node) for node in nodes]
    return Driver(nodes, found_by_index(needles), partial(statement_of, needles), is_of_keys=True)


def _of_field(field: Field, conditions: Conditions) -> Driver:
    if field.name == "tag" and isinstance(field.value, Text):
        return _of_links(field, conditions.tagged(field.value))
    if field.name == "album" and isinstance(field.value, Text):
        return _of_links(field, conditions.filed(field.value.text))
    if _name(field) == "favourite":
        return _of_links(field, favourites_of(conditions.user))
    # The index of days has those of the trash, too.
    base = Image.objects.all() if field.name == "taken" else conditions.base
    return driver_of(conditions.of(field), base, [field])


def _of_links(field: Field, links: QuerySet[Any, Any]) -> Driver:
    """Return the driver of the images that these taggings or entries name."""
    return Driver([field], Q(pk__in=links.values("image")[:WINDOW]), partial(_statement, links))


def _either(node: Or, conditions: Conditions) -> Either | None:
    """Return the drivers of an `or`, when each side has one."""
    if len(node.nodes) > MAX_DRIVERS:
        return None
    sides = []
    for side in node.nodes:
        drivers = drivers_of(side.nodes if isinstance(side, And) else [side], conditions)
        sides += [driver for driver in drivers if isinstance(driver, Driver)][:1]
    return Either(sides) if len(sides) == len(node.nodes) else None
