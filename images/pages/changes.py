"""Changes in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from images.catalogue.album_history import IMAGE
from images.catalogue.rows import field_of
from images.catalogue.told import HIDDEN, Told, told
from images.catalogue.told import field_of as told_as
from images.catalogue.undoing import Undone
from images.models import Album, Change, Image, Tag
from images.pages.times import clock

LABELS: dict[str, str | Promise] = {
    "tags": gettext_lazy("Tags"),
    "taken_at": gettext_lazy("When it was taken"),
    "cover": gettext_lazy("Cover"),
}
NUMBERS = {
    Change.Kind.ALBUM: ngettext_lazy("%d album", "%d albums"),
    Change.Kind.TAG: ngettext_lazy("%d tag", "%d tags"),
    Change.Kind.IMAGE: ngettext_lazy("%d image", "%d images"),
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
    """A change as a page shows it, whether who reads it may undo it, and whether it undid something itself
    rather than doing it, or doing it again.
    """

    change: Change
    lines: list[Line]
    is_undoable: bool
    is_undoing: bool

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
        before, after = (_taken(*of["taken"]) for of in (change.before, change.after))
        lines = [line for line in lines if line.name != LABELS["taken_at"]]
        lines.append(Line(str(LABELS["taken_at"]), before, after))
    return lines


def undoings(changes: Sequence[Change]) -> set[UUID]:
    """Return which of some changes of one target, the latest first, undid something, as far as these tell:
    to undo such a one does it again.
    """
    found = set[UUID]()
    for change in reversed(changes):
        if change.undoes and change.undoes not in found:
            found.add(change.pk)
    return found


def went_back(undone: Undone, *, is_again: bool) -> str:
    """Return what was undone, or where it `is_again` what was done by that, and to how many."""
    done = [result for result in undone.results if result.undone]
    numbers = Counter(Change.Kind(result.change.kind) for result in done)
    others = [result for result in done if result.change.kind != Change.Kind.IMAGE]
    heads = others or done  # the images of a tag have it from that
    whats: Iterable[str] = dict.fromkeys(result.change.what for result in heads)
    if is_again:
        made = Change.objects.filter(action=undone.action, kind__in={of.change.kind for of in heads})
        whats = made.order_by("what").values_list("what", flat=True).distinct()
    words = [str(Change.What(what).label) for what in whats if what != Change.What.EDIT]
    edits = [result for result in heads if result.change.what == Change.What.EDIT]
    fields = dict.fromkeys((of.change.kind, told_as(name)) for of in edits for name in of.undone)
    words += dict.fromkeys(_label(kind, name) for kind, name in fields if name not in HIDDEN)
    of = ", ".join(str(NUMBERS[kind] % number) for kind, number in numbers.items())
    return f"{', '.join(words)} ({of})"


def _label(kind: str, name: str) -> str:
    """Return what a field of an image, tag or album is called."""
    if name in LABELS:
        return str(LABELS[name])
    label = str(field_of(ROWS[Change.Kind(kind)], name).verbose_name)
    return label[:1].upper() + label[1:]


def _line(change: Change, part: Told) -> Line:
    label, said = _label(change.kind, part.field), (part.before, part.after)
    if part.field == "cover":  # its id tells nobody anything
        return Line(label, *(_("an image") if value else "" for value in said))
    if part.field in LABELS:
        return Line(label, *map(_words, said))
    choices = dict(getattr(field_of(ROWS[Change.Kind(change.kind)], part.field), "flatchoices", ()))
    return Line(label, *(_words(choices.get(value, value)) for value in said))


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _taken(moment: str | None, offset: int | None, day: str | None, _known_from: str) -> SafeString:
    return clock(
        datetime.fromisoformat(moment) if moment else None, offset, date.fromisoformat(day) if day else None
    )
