"""What of a change can still be undone, and what became of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from images.catalogue.access import AnyUser, may_delete, may_edit
from images.catalogue.history import TAG, TRASHED, State, brief, fill_in, states
from images.models import Change, Image

MOST = 1_000  # later changes of one image, tag or album that are looked through
MOST_NAMES = 100_000  # and of an album, names that these have, a large one's 10,000 each
MOST_ROWS = 10_000  # and of many images, rows that are read at once


@dataclass(frozen=True)
class Result:
    """What became of undoing one change: the names that went back, and by their names why others did not, as
    codes of problems. Both empty where all is as it was before.
    """

    change: Change
    undone: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Why not all of it went back, or nothing."""
        return next(iter(self.left.values()), "")


def later_than(change: Change) -> list[Change]:
    """Return what was done since to the same, the latest first. Of more than MOST one more."""
    rows = Change.objects.filter(kind=change.kind, target=change.target, at__gte=change.at)
    rows = rows.exclude(pk=change.pk).order_by("-at", "-pk")[: MOST + 1]
    if change.kind == Change.Kind.ALBUM:
        numbers = list(rows.values_list("number", flat=True))
        if sum(numbers) > MOST_NAMES:
            return list(rows.defer("before", "after")) + [change] * MOST
    return list(rows.only("undoes", "after"))


def told_later_than(change: Change) -> list[Change]:
    """As later_than, but changes of very many names say nothing."""
    rows = Change.objects.filter(kind=change.kind, target=change.target, at__gte=change.at)
    found = list(brief(rows.exclude(pk=change.pk).order_by("-at", "-pk"))[: MOST + 1])
    fill_in(found)
    return found


def in_force(change: Change, later: Iterable[Change]) -> set[str]:
    """Return the names that nobody said anything of since, but for what was undone again; `later` is the
    latest first. What was undone itself is not in force.
    """
    later = list(later)
    if len(later) > MOST:
        return set()
    return {name for name in change.after if _is_in_force(change, name, later)}


def in_force_of(changes: Sequence[Change]) -> dict[UUID, set[str]]:
    """As in_force, of changes each of another image, by their ids. Where their images were changed very often
    since, it is found out of each half of them.
    """
    if len(changes) == 1:
        return {changes[0].pk: in_force(changes[0], later_than(changes[0]))}
    targets, first = [change.target for change in changes], min(change.at for change in changes)
    rows = Change.objects.filter(kind=changes[0].kind, target__in=targets, at__gte=first)
    found = list(rows.order_by("-at", "-pk").only("target", "at", "undoes", "after")[: MOST_ROWS + 1])
    if len(found) > MOST_ROWS:
        middle = len(changes) // 2
        return in_force_of(changes[:middle]) | in_force_of(changes[middle:])
    by_target = defaultdict[str, list[Change]](list)
    for row in found:
        by_target[row.target].append(row)
    later = {
        change.pk: [row for row in by_target[change.target] if row.at >= change.at and row.pk != change.pk]
        for change in changes
    }
    return {change.pk: in_force(change, later[change.pk]) for change in changes}


def _is_in_force(change: Change, name: str, later: Iterable[Change]) -> bool:
    undone = set[UUID]()
    for other in later:
        if name not in other.after:
            continue
        if other.pk in undone:
            undone.remove(other.pk)
        elif other.undoes:
            undone.add(other.undoes)
        else:
            return False
    return not undone  # neither this one, nor what was before it


def undoable(user: AnyUser, image: Image, changes: Sequence[Change]) -> set[UUID]:
    """Return which of some changes of `image`, the latest first and none left out, `user` may undo."""
    if not changes:
        return set()
    (there,) = states([image.pk]).values()
    later = later_than(changes[0])
    found = set()
    for change in changes:
        back, _left = sort_out(change, there, in_force(change, later))
        if any(may_put(user, image, name) for name in back):
            found.add(change.pk)
        later.append(change)
    return found


def already_undone(changes: Sequence[Change]) -> set[UUID]:
    """Return which of some changes of different images are undone by now."""
    of_these = Change.objects.filter(kind=changes[0].kind, target__in=[change.target for change in changes])
    later = of_these.filter(at__gte=min(change.at for change in changes)).order_by("-at", "-pk")
    return undone_by(later.values_list("pk", "undoes"))


def undone_by(changes: Iterable[tuple[UUID, UUID | None]]) -> set[UUID]:
    """Return what is undone by now: `changes` are ids, the latest first, each with that of what it undid."""
    undone = set[UUID]()
    for pk, undoes in changes:
        if undoes and pk not in undone:
            undone.add(undoes)
    return undone


def may_put(user: AnyUser, image: Image, name: str) -> bool:
    """Whether `user` changes by hand what this name says of `image`."""
    return may_delete(user, image) if name == TRASHED else may_edit(user, image)


def sort_out(change: Change, there: State, names: Collection[str]) -> tuple[State, dict[str, str]]:
    """Return what is to go back, with what it goes back to, and what is not any more as the change left it;
    `names` are those in force. What is as it was before is neither.
    """
    back, left = {}, {}
    for name, was in change.before.items():
        now = there.get(name)
        if is_same(name, now, was):
            continue
        if name in names and is_same(name, now, change.after[name]):
            back[name] = was
        else:
            left[name] = "conflict"
    return back, left


def is_same(name: str, one: object, other: object) -> bool:
    """Whether both values of a name say the same: of a tag, that it is there."""
    return bool(one) == bool(other) if name.startswith(TAG) or name == TRASHED else one == other
