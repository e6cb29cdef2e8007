"""Expressions of lists, by which the database walks along an index."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Field, Func, Model, Value
from django.db.models.sql.compiler import SQLCompiler


class Beside(Func):
    """`(field, id) > (value, id)`, which is one range of the index of both; another operator likewise.

    Django's own comparison of tuples is none on SQLite, where it becomes an OR.
    """

    output_field = BooleanField()

    def __init__(self, field: "Field[Any, Any]", operator: str, value: Any, pk: Any) -> None:
        key = field.model._meta.pk
        sides = F(field.name), F("pk"), Value(value, output_field=field), Value(pk, output_field=key)
        super().__init__(*sides, operator=operator)

    def as_sql(  # type: ignore[override]  # it has no other template
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any]]:
        parts = [compiler.compile(side) for side in self.get_source_expressions()]
        field, key, value, pk = (sql for sql, _ in parts)
        params = [param for _, of_side in parts for param in of_side]
        return f"({field}, {key}) {self.extra['operator']} ({value}, {pk})", params


def field_of(model: type[Model], ordering: str) -> "Field[Any, Any]":
    """Return the field that an ordering names, with a minus or without."""
    return next(field for field in model._meta.concrete_fields if field.name == ordering.lstrip("-"))
