"""Tags renamed, merged and deleted, on however many images: in batches, each a transaction of its own."""

import time
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from images.catalogue.access import AnyUser
from images.catalogue.history import TAG, State
from images.catalogue.tag_history import ID, begun, record, record_images, words_of
from images.catalogue.tag_names import only
from images.catalogue.tags import make_tag
from images.concurrency.locks import locked
from images.errors import Busy
from images.models import Change, Image, Tag, Tagging
from images.models.figure import add
from images.models.indexing import reindex

What = Change.What

BATCH = 500  # images that one transaction changes
SECONDS = 20  # after which a request begins no other batch


def create(name: str, by: AnyUser | None = None, **said: str) -> Tag:
    """Return the new tag. Raises ValidationError where its name is none, or another's."""
    with transaction.atomic():
        tag = make_tag(name, **said)
        record(by, tag.key, What.CREATE, None, words_of(tag))
    return tag


def describe(tag: Tag, by: AnyUser | None = None, **said: str) -> None:
    """Write the description and the colour of `tag`, where they are said."""
    with transaction.atomic():
        before = words_of(locked(Tag.objects.filter(pk=tag.pk)).get())
        Tag.objects.filter(pk=tag.pk).update(**said)
        tag.refresh_from_db()
        record(by, tag.key, What.EDIT, before, words_of(tag))


def rename(tag: Tag, name: str, seconds: float = SECONDS, by: AnyUser | None = None) -> Tag:
    """Return the tag of this name, which is on all images of `tag` and takes its place.

    Raises ValidationError where the name is none or another tag's, and as `merge` does.
    """
    key, name = only(name)
    if key == tag.key:
        describe(tag, by, name=name)
        return tag
    into = tag.merging_into
    if into is None or into.key != key:
        with transaction.atomic():
            into = make_tag(name, description=tag.description, color=tag.color)
            _begin(tag, into, What.RENAME, by)
    return merge(tag, into, seconds, by)


def merge(tag: Tag, into: Tag, seconds: float = SECONDS, by: AnyUser | None = None) -> Tag:
    """Put `into` on all images of `tag`, which is no more then; return `into`.

    Raises ValidationError where one cannot become the other, Tag.DoesNotExist where one of them was deleted,
    and Busy after so many seconds: doing it again goes on, and so does finish_merges.
    """
    if tag == into or into.merging_into_id:
        raise ValidationError({"into": [_("A tag becomes another one, which becomes no other itself.")]})
    if tag.merging_into_id != into.pk:
        with transaction.atomic():
            _begin(tag, into, What.MERGE, by)
    _empty(tag, into, time.monotonic() + seconds, by)
    into.refresh_from_db()
    return into


def delete(tag: Tag, seconds: float = SECONDS, by: AnyUser | None = None) -> None:
    """Take `tag` off all images and delete it. Raises Busy after so many seconds: doing it again goes on."""
    if not begun(tag):
        with transaction.atomic():
            if there := locked(Tag.objects.filter(pk=tag.pk)).first():
                record(by, there.key, What.DELETE, words_of(there) | {ID: there.pk}, None)
    _empty(tag, None, time.monotonic() + seconds, by)


def _begin(tag: Tag, into: Tag, what: str, by: AnyUser | None) -> None:
    tag.merging_into = into
    Tag.objects.filter(pk=tag.pk).update(merging_into=into)
    made = words_of(into) if what == What.RENAME else None
    record(by, tag.key, what, words_of(tag), None, into=into.key, made=made)


def finish_merges() -> int:
    """Go on with the merges that were left half done; return their number."""
    tags = list(Tag.objects.filter(merging_into__isnull=False).select_related("merging_into"))
    for tag in tags:
        _empty(tag, tag.merging_into, float("inf"))
    return len(tags)


def _empty(tag: Tag, into: Tag | None, deadline: float, by: AnyUser | None = None) -> None:
    change = begun(tag, into)
    action, by = (change.action, by or change.by) if change else (uuid4(), by)
    while _empty_some(tag, into, action, by):
        if time.monotonic() >= deadline:
            left = Tagging.objects.filter(tag=tag).count()
            raise Busy(_("The tag is still on %d images. Ask again, to go on with them.") % left)


def _empty_some(tag: Tag, into: Tag | None, action: UUID, by: AnyUser | None) -> bool:
    """Take `tag` off some of its images, for `into`; delete it when there are none. Returns whether it is
    there after that.
    """
    with transaction.atomic():
        ids = Tagging.objects.filter(tag=tag).order_by("image").values_list("image", flat=True)[:BATCH]
        images = {image.pk: image for image in locked(Image.objects.filter(pk__in=list(ids)).order_by("pk"))}
        both = Tag.objects.filter(pk__in=[tag.pk, into.pk if into else tag.pk])
        there = {row.pk: row for row in locked(both).order_by("pk")}
        if tag.pk not in there:
            return False
        if into and into.pk not in there:
            raise Tag.DoesNotExist("The tag was deleted.")
        rest = Tagging.objects.filter(tag=tag)
        if not images and not rest.exists():  # and nobody adds it who has not its lock
            there[tag.pk].delete()
            return False
        these = rest.filter(image__in=images)  # as they are now, with their images locked
        on = [images[pk] for pk in these.values_list("image", flat=True)]
        has_both = set(Tagging.objects.filter(tag=into, image__in=images).values_list("image", flat=True))
        add(both.filter(pk=tag.pk), *_figures(on, -1))
        if into:
            add(both.filter(pk=into.pk), *_figures([image for image in on if image.pk not in has_both]))
            these.exclude(image__in=has_both).update(tag=into)
        these.delete()
        gone: State = {TAG + tag.key: tag.name}
        new: State = {TAG + into.key: into.name} if into else {}
        record_images(by, action, [(image.pk, gone, {} if image.pk in has_both else new) for image in on])
        Image.objects.filter(pk__in=[image.pk for image in on]).update(updated_at=timezone.now())
        reindex(image.pk for image in on)
    return True


def _figures(images: list[Image], sign: int = 1) -> tuple[int, int]:
    """Return what these images are in the figures of a tag: public ones, and all."""
    public = sum(image.is_public for image in images)
    return sign * public, sign * sum(image.deleted_at is None for image in images)
