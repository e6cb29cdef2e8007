"""The history of tags: what is said of one, under its key; of one that becomes another, under that one's."""

from uuid import UUID

from images.catalogue.access import AnyUser
from images.catalogue.history import TAG, State, write
from images.models import Change, Tag

WORDS = ("name", "slug", "description", "color")
ID = "id"  # of a tag that goes: one made after it may have its key
INTO = (Change.What.MERGE, Change.What.RENAME)


def words_of(tag: Tag) -> State:
    """Return what is said of `tag`."""
    return {name: getattr(tag, name) for name in WORDS}


def record(
    user: AnyUser | None,
    key: str,
    what: str,
    before: State | None,
    after: State | None,
    *,
    into: str = "",
    made: State | None = None,
    action: UUID | None = None,
    undoes: UUID | None = None,
) -> None:
    """Write into the history what the tag of this key said before and after, None for no tag, within the
    transaction of the change. With `into` it became the tag of that key, or was it before; `made` is what is
    said of that one where it is new.
    """
    before, after = (({TAG + key: of} if into else of) or {} for of in (before, after))
    target = into or key
    after |= made or {}
    write(user, Change.Kind.TAG, [(target, before, after)], lambda _: what, action, _told(target, undoes))


def record_images(user: AnyUser | None, action: UUID, changed: list[tuple[UUID, State, State]]) -> None:
    """Write for each image which tags it lost and got, by their names."""
    rows = ((str(pk), before, after) for pk, before, after in changed)
    write(user, Change.Kind.IMAGE, rows, lambda _: Change.What.EDIT, action)


def begun(tag: Tag, into: Tag | None = None) -> Change | None:
    """Return the change by which `tag` began to go, or to become another, if that is the latest that is known
    of it: who asks again goes on with it.
    """
    key = into.key if into else tag.key
    change = Change.objects.filter(kind=Change.Kind.TAG, target=key).order_by("-at", "-pk").first()
    if change is None:
        return None
    if into:
        return change if change.what in INTO and TAG + tag.key in change.before else None
    return change if change.before.get(ID) == tag.pk else None


def _told(target: str, undoes: UUID | None) -> dict[str, UUID]:
    return {target: undoes} if undoes else {}
