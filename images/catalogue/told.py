"""What a change says, as it is told to people and programs."""

from typing import Any, NamedTuple

from images.catalogue.history import TAG
from images.models import Change


class Told(NamedTuple):
    """What one field said before and after; of tags, which it had and has no more, and has and had not."""

    field: str
    before: Any
    after: Any


def told(change: Change) -> list[Told]:
    """Return what `change` says of each field that it changed."""
    before, after = change.before, change.after
    found = [part for name in before for part in _told(name, before[name], after[name])]
    gone, new = (
        [of[name] for name in sorted(of) if name.startswith(TAG) and of[name]] for of in (before, after)
    )
    return [*found, *([Told("tags", gone, new)] if gone or new else [])]


def field_of(name: str) -> str:
    """Return the field that a name of a change is told as."""
    return "tags" if name.startswith(TAG) else {"taken": "taken_at"}.get(name, name)


def _told(name: str, before: Any, after: Any) -> list[Told]:
    if name.startswith(TAG):
        return []
    if name == "taken":
        return _parts(("taken_at", "taken_offset", "taken_day"), before, after)
    if name == "visibility":
        return _parts(("visibility",), before, after)
    return [Told(name, before, after)]


def _parts(fields: tuple[str, ...], before: list[Any], after: list[Any]) -> list[Told]:
    told = zip(fields, before, after, strict=False)  # what is behind them follows from these
    return [Told(field, was, now) for field, was, now in told if was != now]
