"""Tags: who sees which, and which an image has."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from images.catalogue.access import AnyUser
from images.catalogue.tag_names import are_few, distinct, free_slug, only
from images.concurrency.locks import locked
from images.errors import Busy
from images.models import Image, Tag, Tagging
from images.models.figure import Weight, add_each, weights
from images.models.indexing import reindex
from images.models.many import write_all

TAKEN = gettext_lazy("There is a tag of this name.")
TRIES = 5  # to have tags that others make or delete at this moment


def visible_tags(user: AnyUser) -> QuerySet[Tag]:
    """Return the tags that exist for `user`: all, or those of public images."""
    return Tag.objects.all() if sees_all(user) else Tag.objects.filter(public__gt=0)


def visible_tag(user: AnyUser, slug: str) -> Tag:
    """Return the tag at this address. Raises DoesNotExist where there is none for `user`."""
    if "\0" in slug:  # of which PostgreSQL makes an error
        raise Tag.DoesNotExist("There is no such tag.")
    return visible_tags(user).get(slug=slug)


def sees_all(user: AnyUser) -> bool:
    """Whether the figure of all images is told to `user`, and not that of the public ones."""
    return user.has_perm("images.view_image")


def may_curate(user: AnyUser) -> bool:
    """Whether `user` makes, renames, merges and deletes tags: it changes everyone's images, seen or not."""
    return user.has_perms(("images.change_image", "images.view_image"))


def tag_names(image: Image) -> list[str]:
    """Return the names of the image's tags, in their order. A list of images has them prefetched."""
    return [tag.name for tag in image.tags.all()]


def set_tags(image: Image, names: Iterable[str]) -> bool:
    """Give `image` the tags of these names and no others; return whether that changed it.

    Raises ValidationError as `distinct` does, and DoesNotExist when the image was purged. Within a longer
    transaction: before the figures of another image are touched, and before those of this one.
    """
    wanted = distinct(names)
    with transaction.atomic():
        weighs, there = _only(image, _tagged([image]))
        change = _Change(image, weighs, there, wanted.keys() - there, there - wanted.keys())
        return _make([change], wanted)


def add_tags(image: Image, names: Iterable[str]) -> bool:
    """Give `image` the tags of these names besides those that it has. As set_tags."""
    return change_tags(image, add=names)


def remove_tags(image: Image, names: Iterable[str]) -> bool:
    """Take the tags of these names off `image`. As set_tags."""
    return change_tags(image, remove=names)


def change_tags(image: Image, add: Iterable[str] = (), remove: Iterable[str] = ()) -> bool:
    """Take the tags `remove` off `image` and give it the tags `add`. As set_tags."""
    added, removed = distinct(add), distinct(remove).keys()
    with transaction.atomic():
        return _make([_changed(image, _only(image, _tagged([image])), added.keys(), removed)], added)


def change_tags_of(
    images: Sequence[Image], add: Iterable[str] = (), remove: Iterable[str] = ()
) -> dict[UUID, Exception]:
    """As change_tags of each of `images`; return by their ids why some are as they were: DoesNotExist, or
    ValidationError of too many. Raises ValidationError where a name is none of a tag.
    """
    added, removed = distinct(add), distinct(remove).keys()
    return retag([Retagging(image, added, removed) for image in images])


class Retagging(NamedTuple):
    """Which tags an image gets, names by their keys, and the keys of those that it loses."""

    image: Image
    add: Mapping[str, str]
    remove: Set[str]


def retag(wanted: Sequence[Retagging]) -> dict[UUID, Exception]:
    """Change the tags of images, of each its own; return as change_tags_of. A new tag has its first name."""
    changes, refusals, names = list[_Change](), dict[UUID, Exception](), dict[str, str]()
    with transaction.atomic():
        tagged = _tagged([of.image for of in wanted])
        for image, add, remove in wanted:
            try:
                changes.append(_changed(image, _only(image, tagged), add.keys(), remove))
            except (Image.DoesNotExist, ValidationError) as error:
                refusals[image.pk] = error
            else:
                names = {**add, **names}
        _make(changes, names)
    return refusals


def make_tag(name: str, **described: str) -> Tag:
    """Return the new tag. Raises ValidationError where its name is none, or another's."""
    key, name = only(name)
    if Tag.objects.filter(key=key).exists():
        raise ValidationError({"name": [TAKEN]})
    with transaction.atomic():
        tag = tags_named({key: name})[key]
        Tag.objects.filter(pk=tag.pk).update(**described)
        tag.refresh_from_db()
    return tag


class _Change(NamedTuple):
    """An image, what it weighs, the keys of its tags, those that it gets besides, and those that it loses."""

    image: Image
    weighs: Weight
    there: Set[str]
    new: Set[str]
    gone: Set[str]


_Tagged = Mapping[UUID, tuple[Weight, Set[str]]]


def _tagged(images: Sequence[Image]) -> _Tagged:
    """Return by the ids of `images`, whose rows are locked from here on, what they weigh and the keys of
    their tags. One that was purged is not among them.
    """
    weighs, keys = weights(images), defaultdict[UUID, set[str]](set)
    for image, key in Tagging.objects.filter(image__in=list(weighs)).values_list("image", "tag__key"):
        keys[image].add(key)
    return {image: (of, keys[image]) for image, of in weighs.items()}


def _only(image: Image, tagged: _Tagged) -> tuple[Weight, Set[str]]:
    if image.pk not in tagged:
        raise Image.DoesNotExist("The image was purged.")
    return tagged[image.pk]


def _changed(image: Image, tagged: tuple[Weight, Set[str]], added: Set[str], removed: Set[str]) -> _Change:
    """Return the change that adds and removes these. Raises ValidationError where that is too many."""
    weighs, there = tagged
    are_few(len((there - removed) | added))
    return _Change(image, weighs, there, added - there, (there & removed) - added)


def _make(changes: Sequence[_Change], names: Mapping[str, str]) -> bool:
    """Make the changes of images whose rows are locked, new tags by their `names`; return whether there was
    one to be made.

    All tags that these have are locked at once: what changes their visibility next in this transaction needs
    those too.
    """
    others = set[str]().union(*(change.there for change in changes))
    changes = [change for change in changes if change.new or change.gone]
    if not changes:
        return False
    new = {key: names[key] for change in changes for key in change.new}
    tags = tags_named(new, others)
    sums, gone = dict[int, tuple[int, int]](), defaultdict[int, list[UUID]](list)
    for change in changes:
        for sign, keys in ((1, change.new), (-1, change.gone)):
            for tag in (tags[key].pk for key in keys):
                public, all_ = sums.get(tag, (0, 0))
                sums[tag] = (public + sign * change.weighs.public, all_ + sign * change.weighs.all)
        for key in change.gone:
            gone[tags[key].pk].append(change.image.pk)
    for tag, ids in gone.items():
        Tagging.objects.filter(tag=tag, image__in=ids).delete()
    Tagging.objects.bulk_create(
        [Tagging(image=change.image, tag=tags[key]) for change in changes for key in sorted(change.new)]
    )
    add_each(Tag.objects.all(), sums)
    images = [change.image for change in changes]
    write_all(images, "updated_at")
    reindex([image.pk for image in images])
    for image in images:
        image.__dict__.pop("_prefetched_objects_cache", None)  # it has the tags of before
    return True


def tags_named(names: Mapping[str, str], others: Set[str] = frozenset()) -> dict[str, Tag]:
    """Return the tags of these names, new ones made, and those of the `others`' keys, all by their keys.
    Within a transaction, in which nobody else changes them from here on. Raises Busy.

    Keys are made in their order and then rows locked in theirs: two that make and take the same wait for
    each other, and never both.
    """
    for _ in range(TRIES):
        there = set(Tag.objects.filter(key__in=names).values_list("key", flat=True))
        made: list[Tag] = []
        for key in sorted(names.keys() - there):
            made.append(Tag(key=key, name=names[key], slug=free_slug(key, [tag.slug for tag in made])))
        Tag.objects.bulk_create(made, ignore_conflicts=True)
        tags = {tag.key: tag for tag in locked(Tag.objects.filter(key__in=[*names, *others])).order_by("pk")}
        if names.keys() <= tags.keys():  # none was deleted just now, nor had its address taken
            return tags
    raise Busy("These tags are being made and deleted by others just now. Please try again in a moment.")
