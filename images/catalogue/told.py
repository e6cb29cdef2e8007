"""What a change says, as it is told to people and programs."""

from typing import Any, NamedTuple

from images.catalogue.album_history import IMAGE
from images.catalogue.history import TAG, State
from images.models import Change

HIDDEN = ("slugs", "made_by", "created_at", "id")  # by which an album or a tag is made again


class Told(NamedTuple):
    """What one field said before and after; of tags and images, which were there, and which are."""

    field: str
    before: Any
    after: Any


def told(change: Change) -> list[Told]:
    """Return what `change` says of each field that it changed."""
    before, after = change.before, change.after
    found = [part for name in before for part in _told(name, before[name], after[name])]
    tags = Told(
        "tags",
        *([_named(of[name]) for name in sorted(of) if is_there(of, name, TAG)] for of in (before, after)),
    )
    images = Told(
        "images",
        *([name.removeprefix(IMAGE) for name in of if is_there(of, name, IMAGE)] for of in (before, after)),
    )
    return [*found, *(part for part in (tags, images) if part.before or part.after)]


def is_there(of: State, name: str, kind: str) -> bool:
    """Whether a state has the tag or image of this name."""
    return name.startswith(kind) and bool(of[name])


def _named(tag: str | State) -> str:
    """Return the name of a tag that an image has, or of one that is no more, of which all is kept."""
    return tag if isinstance(tag, str) else str(tag["name"])


def field_of(name: str) -> str:
    """Return the field that a name of a change is told as."""
    if name.startswith((TAG, IMAGE)):
        return "tags" if name.startswith(TAG) else "images"
    return {"taken": "taken_at"}.get(name, name)


def _told(name: str, before: Any, after: Any) -> list[Told]:
    if name.startswith((TAG, IMAGE)) or name in HIDDEN or (not before and not after and before != after):
        return []
    if name == "taken":
        return _parts(("taken_at", "taken_offset", "taken_day"), before, after)
    if name == "visibility" and isinstance(before, list):  # of an image
        return _parts(("visibility",), before, after)
    return [Told(name, before, after)]


def _parts(fields: tuple[str, ...], before: list[Any], after: list[Any]) -> list[Told]:
    told = zip(fields, before, after, strict=False)  # what is behind them follows from these
    return [Told(field, was, now) for field, was, now in told if was != now]
