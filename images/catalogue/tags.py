"""Tags: who sees which, and which an image has."""

from collections.abc import Iterable, Mapping, Set

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from images.catalogue.access import AnyUser
from images.catalogue.tag_names import are_few, distinct, free_slug, only
from images.concurrency.locks import locked
from images.errors import Busy
from images.models import Image, Tag, Tagging
from images.models.figure import Weight, add, weight
from images.models.indexing import reindex

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
        weighs, there = weight(image), _keys_on(image)
        new = {key: name for key, name in wanted.items() if key not in there}
        return _change(image, weighs, there, new, there - wanted.keys())


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
        weighs, there = weight(image), _keys_on(image)
        are_few(len((there - removed) | added.keys()))
        new = {key: name for key, name in added.items() if key not in there}
        return _change(image, weighs, there, new, (there & removed) - added.keys())


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


def _keys_on(image: Image) -> Set[str]:
    return set(Tag.objects.filter(taggings__image=image).values_list("key", flat=True))


def _change(image: Image, weighs: Weight, there: Set[str], new: Mapping[str, str], gone: Set[str]) -> bool:
    """Give `image`, whose row is locked, the `new` tags (their names by their keys), and take off others.

    All that it has are locked at once: what changes its visibility next in this transaction needs those too.
    """
    if not new and not gone:
        return False
    tags = tags_named(new, there)
    added, removed = ([tags[key].pk for key in keys] for keys in (new, gone))
    Tagging.objects.filter(image=image, tag__in=removed).delete()
    Tagging.objects.bulk_create([Tagging(image=image, tag_id=tag) for tag in added])
    add(Tag.objects.filter(pk__in=added), weighs.public, weighs.all)
    add(Tag.objects.filter(pk__in=removed), -weighs.public, -weighs.all)
    image.write("updated_at")
    reindex([image.pk])
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
