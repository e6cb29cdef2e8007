"""Changes of the tags of many images, undone in few statements: a tag that is merged has any number."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from images.catalogue.access import AnyUser, may_edit, may_see
from images.catalogue.history import TAG, State, recorded
from images.catalogue.tags import tags_named
from images.catalogue.undone import MOST, Result, sort_out
from images.models import Change, Image, Tag, Tagging
from images.models.figure import add
from images.models.indexing import reindex
from images.text import MAX_KEYWORDS


def undo_taggings(user: AnyUser, changes: Sequence[Change], action: UUID) -> list[Result]:
    """Undo those of the changes, each of another image, that are of tags alone, all in one transaction. What
    has no result is not of tags alone, or has to be looked at by itself.
    """
    changes = [change for change in changes if all(name.startswith(TAG) for name in change.after)]
    if not changes:
        return []
    ids = [UUID(change.target) for change in changes]
    with transaction.atomic(), recorded(user, ids, action, {c.target: c.pk for c in changes}) as states:
        images = {str(image.pk): image for image in Image.objects.filter(pk__in=ids).defer("search_text")}
        later = _later_than(changes)
        back: dict[str, State] = {}
        results = []
        for change in changes:
            image = images.get(change.target)
            if image is None or not may_see(user, image) or not may_edit(user, image) or later is None:
                continue
            wanted, left = sort_out(change, states[change.target], later[change.pk])
            has = sum(name.startswith(TAG) for name in states[change.target])
            if has + len(wanted) > MAX_KEYWORDS:
                continue
            back[change.target] = wanted
            results.append(Result(change, list(wanted), left))
        names = [item for c in changes for of in (c.before, c.after) for item in of.items()]
        _put(images, back, {key: name for key, name in names if name})
    return results


def _later_than(changes: Sequence[Change]) -> dict[UUID, list[Change]] | None:
    """Return what was done since to the image of each change, the latest first; None where that is much."""
    first = min(change.at for change in changes)
    targets = [change.target for change in changes]
    rows = Change.objects.filter(kind=Change.Kind.IMAGE, target__in=targets, at__gte=first)
    found = list(rows.order_by("-at", "-pk").only("target", "at", "undoes", "after")[: 10 * MOST])
    if len(found) == 10 * MOST:
        return None
    by_target = defaultdict[str, list[Change]](list)
    for row in found:
        by_target[row.target].append(row)
    return {
        change.pk: [row for row in by_target[change.target] if row.at >= change.at and row.pk != change.pk]
        for change in changes
    }


def _put(images: dict[str, Image], back: dict[str, State], names: State) -> None:
    """Put these tags on images and take others off, and have figures and texts follow. The rows of images are
    locked; all tags are before the first figure is touched.
    """
    on, off = defaultdict[str, list[Image]](list), defaultdict[str, list[Image]](list)
    for target, wanted in back.items():
        for name, was in wanted.items():
            (on if was else off)[name.removeprefix(TAG)].append(images[target])
    if not on and not off:
        return
    tags = tags_named({key: names[TAG + key] for key in on}, set(off))
    for key, gone in off.items():
        Tagging.objects.filter(tag=tags[key], image__in=gone).delete()
    Tagging.objects.bulk_create(
        [Tagging(tag=tags[key], image=image) for key, new in on.items() for image in new]
    )
    for key in sorted({*on, *off}, key=lambda key: tags[key].pk):
        for sign, some in ((1, on.get(key, ())), (-1, off.get(key, ()))):
            add(Tag.objects.filter(pk=tags[key].pk), *_figures(some, sign))
    changed = [images[target].pk for target, wanted in back.items() if wanted]
    Image.objects.filter(pk__in=changed).update(updated_at=timezone.now())
    reindex(changed)


def _figures(images: Collection[Image], sign: int) -> tuple[int, int]:
    public = sum(image.is_public for image in images)
    return sign * public, sign * sum(image.deleted_at is None for image in images)
