"""Expand, then contract: the code of the release before runs on what the migrations of this one make.

What a migration adds, earlier code need not know; what it drops or requires, the release before did not use.
tests/integration/deploy/test_earlier_code.py runs such code.
"""

from collections.abc import Iterator

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

FIRST = "0006"  # those before were all there when the rule came

# What is dropped or required -> the release in which it became unused, earlier than the one that drops it:
# {"0007_credits: RemoveField image.credit": "0.2.0"}
UNUSED_SINCE: dict[str, str] = {}


def needs_a_default(operation: Operation) -> bool:
    """Whether a row that earlier code adds would lack a value: it leaves out a column it does not know."""
    if not isinstance(operation, migrations.AddField):
        return False
    field = operation.field
    return not (field.null or field.has_db_default() or field.many_to_many or field.generated)


def contraction(operation: Operation, state: ProjectState) -> str | None:
    """Return what `operation` on `state` drops or requires, which earlier code may rely on, or None."""
    match operation:
        case migrations.RemoveField():
            what = f"{operation.model_name_lower}.{operation.name}"
        case migrations.RenameField():
            what = f"{operation.model_name_lower}.{operation.old_name}"
        case migrations.DeleteModel() | migrations.AlterModelTable():
            what = operation.name_lower
        case migrations.RenameModel():
            what = operation.old_name_lower
        case migrations.AlterField() if becomes_required(operation, state):
            what = f"{operation.model_name_lower}.{operation.name}"
        case _:
            return None
    return f"{type(operation).__name__} {what}"


def becomes_required(operation: migrations.AlterField, state: ProjectState) -> bool:
    before = state.models["images", operation.model_name_lower].fields[operation.name]
    return before.null and not operation.field.null


def steps() -> Iterator[tuple[str, Operation, ProjectState]]:
    """Yield each operation from FIRST on: its migration's name, itself, the state it is applied to."""
    loader = MigrationLoader(None)
    for name in sorted(name for app, name in loader.disk_migrations if app == "images" and name >= FIRST):
        state = loader.project_state(("images", name), at_end=False)
        for operation in loader.disk_migrations["images", name].operations:
            yield from flattened(name, operation, state)
            operation.state_forwards("images", state)


def flattened(
    name: str, operation: Operation, state: ProjectState
) -> Iterator[tuple[str, Operation, ProjectState]]:
    """Yield `operation`, or what it does to the database where its state is told apart."""
    if not isinstance(operation, migrations.SeparateDatabaseAndState):
        yield name, operation, state
        return
    for part in operation.database_operations:
        yield from flattened(name, part, state)


def test_a_new_column_has_a_default_in_the_database():
    assert [f"{name}: {operation.name}" for name, operation, _ in steps() if needs_a_default(operation)] == []


def test_nothing_is_dropped_or_required_that_the_release_before_used():
    found = {f"{name}: {taken}" for name, *step in steps() if (taken := contraction(*step))}
    assert found == set(UNUSED_SINCE)


# --- The rules themselves, on operations made up ---------------------------------------------------


@pytest.mark.parametrize(
    ("field", "lacks"),
    [
        (models.CharField(max_length=9, default=""), True),
        (models.CharField(max_length=9, db_default=""), False),
        (models.DateTimeField(null=True), False),
        (models.ForeignKey("images.Image", models.CASCADE), True),
        (models.ManyToManyField("images.Image"), False),
        (
            models.GeneratedField(
                expression=models.F("size"), output_field=models.IntegerField(), db_persist=True
            ),
            False,
        ),
    ],
)
def test_a_column_that_must_have_a_value_and_has_none_by_itself_is_found(field, lacks):
    assert needs_a_default(migrations.AddField("image", "credit", field)) is lacks


@pytest.mark.parametrize(
    ("operation", "taken"),
    [
        (migrations.RemoveField("Image", "size"), "RemoveField image.size"),
        (migrations.RenameField("Image", "size", "bytes"), "RenameField image.size"),
        (migrations.DeleteModel("Image"), "DeleteModel image"),
        (migrations.RenameModel("Image", "Picture"), "RenameModel image"),
        (migrations.AlterModelTable("Image", "pictures"), "AlterModelTable image"),
        (migrations.AlterField("Image", "taken_at", models.DateTimeField()), "AlterField image.taken_at"),
        (migrations.AlterField("Image", "taken_at", models.DateTimeField(null=True)), None),
        (migrations.AlterField("Image", "size", models.BigIntegerField()), None),
        (migrations.AddField("Image", "credit", models.TextField(null=True)), None),
        (migrations.RunSQL("SELECT 1"), None),
    ],
)
def test_what_is_dropped_or_required_is_found(operation, taken):
    fields = {"size": models.IntegerField(), "taken_at": models.DateTimeField(null=True)}
    state = ProjectState({("images", "image"): ModelState("images", "Image", list(fields.items()))})
    assert contraction(operation, state) == taken
    apart = migrations.SeparateDatabaseAndState(database_operations=[operation])
    assert list(flattened("0006_x", apart, state)) == [("0006_x", operation, state)]
