"""The history of images: every door says of which images it is about to change something, and who asked.

What is kept is what people say of an image, who sees it, its tags, and the trash. What goes together has one
name: when it was taken, and the visibility with whether the place may be told.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Aggregate, Case, F, JSONField, OuterRef, QuerySet, Subquery, When
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from images.catalogue.access import AnyUser
from images.catalogue.caches import tell_caches
from images.concurrency.locks import locked
from images.models import Change, Image, Tagging

WORDS = (
    *("title", "description", "alt_text", "decorative"),
    *("author", "credit", "copyright", "licence", "source_url"),
)
TAKEN = ("taken_at", "taken_offset", "taken_day", "taken_from")
VISIBILITY = ("visibility", "location_kept")
TRASHED = "trashed"
MANY = 100  # names of a change beyond which a page tells their number alone
KEPT = timedelta(days=366)
BATCH = 500  # rows deleted at once
TAG = "tag:"  # and its key

State = dict[str, Any]  # what is kept of one image, by its names
Undoes = Mapping[str, UUID]  # the changes that are undone, by their targets


class NamesByKeys(Aggregate):
    """Names by keys as one object of JSON."""

    function = "JSONB_OBJECT_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_OBJECT", **context)


@contextmanager
def recorded(
    user: AnyUser | None,
    images: Iterable[UUID],
    action: UUID | None = None,
    undoes: Undoes = MappingProxyType({}),
) -> Iterator[dict[str, State]]:
    """Write into the history what the block changes in these images, within a transaction; None for a
    command. Their rows are locked, and what they say before is given. In three statements, however many.

    Caches that are told hear of those that fewer people see from now on.
    """
    ids = list(images)
    before = states(ids, is_locked=True)
    yield before
    after = states(ids)
    changed = ((target, there, after[target]) for target, there in before.items() if target in after)
    write(user, Change.Kind.IMAGE, changed, _what, action, undoes)
    tell_caches(before, after)


def write(
    user: AnyUser | None,
    kind: str,
    changed: Iterable[tuple[str, State, State]],
    what: Callable[[State], str],
    action: UUID | None = None,
    undoes: Undoes = MappingProxyType({}),
) -> None:
    """Write for each target with what it said before and after one row, unless both are the same."""
    at, action = timezone.now(), action or uuid4()
    rows = []
    for target, there, now in changed:
        names = [name for name in {**there, **now} if there.get(name) != now.get(name)]
        if names:
            before, after = ({name: of.get(name) for name in names} for of in (there, now))
            rows.append(
                Change(
                    at=at,
                    by_id=user.pk if user else None,
                    kind=kind,
                    target=target,
                    what=what(after),
                    action=action,
                    undoes=undoes.get(target),
                    number=len(names),
                    before=before,
                    after=after,
                )
            )
    Change.objects.bulk_create(rows)


def history_of(kind: str, target: object) -> QuerySet[Change]:
    """Return the changes of one image, tag or album, the latest first."""
    return Change.objects.filter(kind=kind, target=str(target)).select_related("by").order_by("-at", "-pk")


def is_recorded(action: UUID) -> bool:
    """Whether an action changed something, which can be undone."""
    return Change.objects.filter(action=action).exists()


def brief(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Return changes without what those of very many names say, which of a large album's is long."""
    few = {f"few_{name}": Case(When(number__lte=MANY, then=F(name))) for name in ("before", "after")}
    return changes.defer("before", "after").annotate(**few)


def fill_in(changes: Collection[Change]) -> None:
    """Let changes that were read as `brief` say what they do; those of very many names say nothing."""
    for change in changes:
        change.before, change.after = (vars(change).pop(f"few_{name}") or {} for name in ("before", "after"))


def forget(images: Iterable[Image]) -> None:
    """Delete the history of images that are purged, within the same transaction."""
    targets = [str(image.pk) for image in images]
    Change.objects.filter(kind=Change.Kind.IMAGE, target__in=targets).delete()


def drop_before(moment: datetime) -> int:
    """Delete what was changed before then, in batches; return its number."""
    old, number = Change.objects.filter(at__lt=moment).order_by("at", "pk"), 0
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        Change.objects.filter(pk__in=ids).delete()
        number += len(ids)
    return number


def rename(image: Image, other: Image) -> None:
    """Give the history of `image` to the `other` one, which takes its place."""
    Change.objects.filter(kind=Change.Kind.IMAGE, target=str(image.pk)).update(target=str(other.pk))


def states(ids: Collection[UUID], *, is_locked: bool = False) -> dict[str, State]:
    """Return what these images say, by their ids as text."""
    tags = Tagging.objects.filter(image=OuterRef("pk")).order_by().values("image")
    names = Subquery(tags.annotate(names=NamesByKeys("tag__key", "tag__name")).values("names"))
    rows = Image.objects.filter(pk__in=ids).order_by("pk")
    rows = (
        (locked(rows) if is_locked else rows)
        .only(*WORDS, *TAKEN, *VISIBILITY, "deleted_at")
        .annotate(names=names)
    )
    return {str(image.pk): _state(image, image.names or {}) for image in rows}


def _state(image: Image, names: Mapping[str, str]) -> State:
    moment, offset, day, known_from = (getattr(image, name) for name in TAKEN)
    return {
        **{name: getattr(image, name) for name in WORDS},
        "taken": [moment and moment.isoformat(), offset, day and day.isoformat(), known_from],
        "visibility": [image.visibility, image.location_kept],
        TRASHED: image.deleted_at is not None,
        **{f"{TAG}{key}": name for key, name in names.items()},
    }


def _what(after: State) -> str:
    if TRASHED not in after:
        return Change.What.EDIT
    return Change.What.TRASH if after[TRASHED] else Change.What.RESTORE
