"""Changes in words."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.catalogue.album_history import IMAGE
from images.catalogue.rows import field_of
from images.catalogue.told import Told, told
from images.models import Album, Change, Image, Tag

LABELS: dict[str, str | Promise] = {
    "tags": gettext_lazy("Tags"),
    "taken_at": gettext_lazy("When it was taken"),
}
ROWS = {Change.Kind.IMAGE: Image, Change.Kind.TAG: Tag, Change.Kind.ALBUM: Album}
HEADED = ("trashed", "taken_offset", "taken_day", "images")
LONGEST = 200  # characters of a text that are shown


class Line(NamedTuple):
    """A field, and what it said before and after: empty for nothing."""

    name: str
    before: str
    after: str


class Step(NamedTuple):
    """A change as a page shows it, and whether who reads it may undo it."""

    change: Change
    lines: list[Line]
    is_undoable: bool

    @property
    def images(self) -> int:
        """Of how many images of an album it is."""
        names = [name for name in self.change.before if name.startswith(IMAGE)]
        return len(names) if self.change.before else self.change.number


def lines_of(change: Change) -> list[Line]:
    """Return what `change` says of each field. That it was moved to the trash or back, its headline says."""
    parts = [part for part in told(change) if part.field not in HEADED]
    lines = [_line(change, part) for part in parts]
    if "taken" in change.after:
        before, after = (_clock(*of["taken"]) for of in (change.before, change.after))
        lines = [line for line in lines if line.name != LABELS["taken_at"]]
        lines.append(Line(str(LABELS["taken_at"]), before, after))
    return lines


def _line(change: Change, part: Told) -> Line:
    if part.field == "cover":  # its id tells nobody anything
        an_image = [_("an image") if value else "" for value in (part.before, part.after)]
        return Line(_("Cover"), *an_image)
    label = LABELS.get(part.field)
    if label is None:
        field = field_of(ROWS[Change.Kind(change.kind)], part.field)
        label = str(field.verbose_name)
        label = label[:1].upper() + label[1:]
        choices = dict(getattr(field, "flatchoices", ()))
        return Line(label, *(_words(choices.get(value, value)) for value in (part.before, part.after)))
    return Line(str(label), _words(part.before), _words(part.after))


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _clock(moment: str | None, offset: int | None, day: str | None, _known_from: str) -> str:
    """Return what the camera's clock showed, or the day."""
    if moment:
        return f"{datetime.fromisoformat(moment) + timedelta(minutes=offset or 0):%Y-%m-%d %H:%M:%S}"
    return str(date.fromisoformat(day)) if day else ""
