"""A change of a tag, undone by who curates tags. Its images are changes of their own, of the same action."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from images.catalogue.access import AnyUser
from images.catalogue.history import TAG, State
from images.catalogue.tag_history import ID, INTO, record, words_of
from images.catalogue.tags import may_curate, sees_all, tags_named
from images.catalogue.undone import MOST, Result, in_force, later_than, sort_out, undone_by
from images.concurrency.locks import locked
from images.models import Change, Tag, Tagging

What = Change.What


class _Subject(NamedTuple):
    """The tag that a change is of, what was said of it before and after (None: there was none), and into what
    it became, or was made again from.
    """

    key: str
    before: State | None
    after: State | None
    into: str = ""

    @classmethod
    def of(cls, change: Change) -> "_Subject":
        before, after = change.before, change.after
        for name in before:
            if name.startswith(TAG):
                return cls(name.removeprefix(TAG), before[name], after[name], change.target)
        there, is_there = (bool(of.get("name")) or "name" not in of for of in (before, after))
        return cls(change.target, before if there else None, after if is_there else None)


def unmakes(change: Change) -> bool:
    """Whether to undo `change` is to delete a tag: when its images are done."""
    return change.kind == Change.Kind.TAG and _Subject.of(change).before is None


def is_of_images(change: Change) -> bool:
    """Whether `change` is of a tag with its images: it is undone with all of its action."""
    return change.kind == Change.Kind.TAG and change.what != What.EDIT


def undo_tag(user: AnyUser, change: Change, action: UUID) -> Result | None:
    """Undo a change of one tag; None where tags are not this person's to know of."""
    if not may_curate(user):
        left = dict.fromkeys(change.before, "permission_denied")
        return Result(change, left=left) if sees_all(user) else None
    subject = _Subject.of(change)
    with transaction.atomic():
        if subject.before is None:
            return _unmake(user, change, subject, action)
        if subject.after is None:
            return _make_again(user, change, subject, action)
        return _put_back(user, change, action)


def undoable_of_tag(tag: Tag, changes: Sequence[Change]) -> set[UUID]:
    """Return which of some changes of `tag`, the latest first and none left out, who curates may undo."""
    if not changes:
        return set()
    later, there = later_than(changes[0]), words_of(tag)
    undone = undone_by((change.pk, change.undoes) for change in [*later, *changes])
    whole = {change.pk: change for change in changes if is_of_images(change) and change.pk not in undone}
    of_images = Change.objects.filter(action=OuterRef("action"), kind=Change.Kind.IMAGE)
    with_images = set(
        Change.objects.filter(Exists(of_images), pk__in=whole).values_list("pk", flat=True) if whole else ()
    )
    keys = {_Subject.of(change).key for change in whole.values()}
    is_used = Exists(Tagging.objects.filter(tag=OuterRef("pk")))
    used = dict(Tag.objects.filter(key__in=keys).values_list("key", is_used))
    found = set()
    for change in changes:
        names = in_force(change, later)
        if change.pk in whole:
            is_undoable = len(later) <= MOST and _goes_back(change, names, used, change.pk in with_images)
        else:
            is_undoable = not is_of_images(change) and bool(sort_out(change, there, names)[0])
        if is_undoable:
            found.add(change.pk)
        later.append(change)
    return found


def _goes_back(change: Change, names: set[str], used: dict[str, bool], with_images: bool) -> bool:
    """Whether to make or delete a tag can be undone, or was done `with_images`, which then go back; `used`
    says of the tags that there are by their keys whether images have them.
    """
    if with_images:
        return True
    subject = _Subject.of(change)
    if subject.before is None:
        return names == set(change.after) and used.get(subject.key) is False
    return subject.key not in used


def drop_new_name(user: AnyUser, change: Change, action: UUID) -> None:
    """Delete the tag that another was renamed to, where that has its name back and no image has this one."""
    with transaction.atomic():
        tag = locked(Tag.objects.filter(key=change.target)).first()
        if tag and not Tagging.objects.filter(tag=tag).exists() and not tag.merging.exists():
            record(user, tag.key, What.DELETE, words_of(tag), None, action=action, undoes=change.pk)
            tag.delete()


def _make_again(user: AnyUser, change: Change, subject: _Subject, action: UUID) -> Result:
    was, key = subject.before or {}, subject.key
    there = Tag.objects.filter(key=key).first()
    if there and (in_force(change, later_than(change)) != set(change.after) or _is_used(there, was)):
        return Result(change)  # made again since: it is theirs
    tag = tags_named({key: was["name"]})[key]
    said = {name: was[name] or "" for name in ("description", "color")}
    if any(getattr(tag, name) not in ("", of) for name, of in said.items()):
        return Result(change, left=dict.fromkeys(change.before, "conflict"))  # somebody described it since
    if not Tag.objects.filter(slug=was["slug"]).exclude(pk=tag.pk).exists():
        said["slug"] = was["slug"]
    Tag.objects.filter(pk=tag.pk).update(name=was["name"], merging_into=None, **said)
    tag.refresh_from_db()
    record(user, key, What.CREATE, None, words_of(tag), into=subject.into, action=action, undoes=change.pk)
    return Result(change, list(change.before))


def _is_used(tag: Tag, was: State) -> bool:
    """Whether images have `tag` that are not left over of a deletion or a merge that was left half done."""
    is_half_done = tag.merging_into_id is not None or tag.pk == was.get(ID)
    return not is_half_done and Tagging.objects.filter(tag=tag).exists()


def _unmake(user: AnyUser, change: Change, subject: _Subject, action: UUID) -> Result:
    tag = locked(Tag.objects.filter(key=subject.key)).first()
    if tag is None:
        return Result(change)
    said = {name: of for name, of in (subject.after or {}).items() if name != "slug" and of}
    is_as_made = words_of(tag).items() >= said.items() and not Tagging.objects.filter(tag=tag).exists()
    if not is_as_made or in_force(change, later_than(change)) != set(change.after):
        return Result(change, left=dict.fromkeys(change.before, "conflict"))
    first = change.undoes and Change.objects.filter(pk=change.undoes).first()
    what = first.what if first and first.what in INTO else What.DELETE
    record(user, tag.key, what, words_of(tag), None, into=subject.into, action=action, undoes=change.pk)
    tag.delete()
    return Result(change, list(change.before))


def _put_back(user: AnyUser, change: Change, action: UUID) -> Result | None:
    tag = locked(Tag.objects.filter(key=change.target)).first()
    if tag is None:
        return None
    before = words_of(tag)
    back, left = sort_out(change, before, in_force(change, later_than(change)))
    for name, was in back.items():
        setattr(tag, name, was)
    tag.save(update_fields=list(back))
    record(user, tag.key, What.EDIT, before, words_of(tag), action=action, undoes=change.pk)
    return Result(change, list(back), left)
