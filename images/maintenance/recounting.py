"""Puts right what is kept of tags and months, while others change them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from images.catalogue.tag_names import fitting
from images.catalogue.tags import add_tags
from images.concurrency.locks import locked
from images.models import Image, Month, Tag, Tagging

BATCH = 500
MOST = 20_000  # taggings counted at once, one tag's apart: as long others wait who change these tags
IN_LIBRARY = Q(deleted_at=None)
PUBLIC = Q(visibility=Image.Visibility.PUBLIC)


def tag_earlier_rows() -> int:
    """Make tags of the keywords of rows that an earlier version wrote beside this; return their number."""
    rows = Image.objects.filter(search_key=None).exclude(keywords=[]).order_by("pk")
    number, batch = 0, list(rows[:BATCH])
    while batch:
        for image in batch:
            add_tags(image, fitting(map(str, image.keywords)))
        number += len(batch)
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])
    return number


def recount() -> int:
    """Count the figures of all tags and months afresh; return how many had been wrong.

    All are counted first while nobody waits. What seems wrong is locked, then counted: who changed an image
    and its figures has ended, or counts from there.
    """
    return sum(map(_recount_tags, _batches(_doubtful_tags()))) + sum(map(_recount_month, _doubtful_months()))


def _doubtful_tags() -> Iterator[tuple[int, int]]:
    """Yield the id of each tag that seems wrong, and on how many images it is. Few images are looked at: the
    private ones, and those in the trash.
    """
    all_ = _counted(Tagging.objects.all())
    trashed = _counted(Tagging.objects.filter(image__in=Image.objects.filter(deleted_at__isnull=False)))
    private = _counted(Tagging.objects.filter(image__in=Image.objects.filter(IN_LIBRARY).exclude(PUBLIC)))
    for pk, *kept in Tag.objects.order_by("pk").values_list("pk", "public", "all").iterator():
        there = all_[pk] - trashed[pk]
        if kept != [there - private[pk], there]:
            yield pk, all_[pk]


def _counted(taggings: QuerySet[Tagging]) -> Counter[int]:
    return Counter(dict(taggings.order_by().values_list("tag").annotate(number=Count("pk"))))


def _batches(tags: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Yield the ids in batches of about as much to count."""
    batch: list[int] = []
    weighs = 0
    for pk, number in tags:
        if batch and weighs + number > MOST:
            yield batch
            batch, weighs = [], 0
        batch.append(pk)
        weighs += number + 1
    if batch:
        yield batch


def _recount_tags(ids: list[int]) -> int:
    with transaction.atomic():
        tags = list(locked(Tag.objects.filter(pk__in=ids)).order_by("pk"))
        taggings = Tagging.objects.filter(tag__in=tags, image__deleted_at=None).order_by()
        is_public = Q(image__visibility=Image.Visibility.PUBLIC)
        found = taggings.values_list("tag").annotate(public=Count("pk", filter=is_public), all=Count("pk"))
        figures = {pk: (public, all_) for pk, public, all_ in found}
        wrong = []
        for tag in tags:
            there, (tag.public, tag.all) = (tag.public, tag.all), figures.get(tag.pk, (0, 0))
            if there != (tag.public, tag.all):
                wrong.append(tag)
        Tag.objects.bulk_update(wrong, ["public", "all"], batch_size=500)
    return len(wrong)


def _doubtful_months() -> Iterator[date]:
    """Yield the first day of each month that seems wrong, of those with figures or images."""
    kept = {
        month: (public, all_) for month, public, all_ in Month.objects.values_list("month", "public", "all")
    }
    private = Counter(
        moment.date().replace(day=1)
        for moment in Image.objects.filter(IN_LIBRARY)
        .exclude(PUBLIC)
        .values_list("dated_at", flat=True)
        .iterator()
    )
    months = set(kept)
    newest = _latest(Image.objects.filter(IN_LIBRARY))
    while newest:
        months.add(newest)
        newest = _latest(Image.objects.filter(IN_LIBRARY, dated_at__lt=_moment(newest)))
    for month in sorted(months):
        all_ = _of(month).count()
        if kept.get(month) != (all_ - private[month], all_):
            yield month


def _of(month: date) -> QuerySet[Image]:
    """Return the images of a month, by the index of the order by date."""
    within = Q(dated_at__gte=_moment(month), dated_at__lt=_moment(_next(month)))
    return Image.objects.filter(IN_LIBRARY, within).order_by()


def _latest(images: QuerySet[Image]) -> date | None:
    latest = images.order_by("-dated_at").values_list("dated_at", flat=True).first()
    return latest and latest.date().replace(day=1)


def _recount_month(month: date) -> int:
    """Count one month afresh; return whether its figures had been wrong."""
    with transaction.atomic():
        Month.objects.bulk_create([Month(month=month)], ignore_conflicts=True)
        row = locked(Month.objects.filter(month=month)).get()
        counts: dict[str, Any] = _of(month).aggregate(public=Count("pk", filter=PUBLIC), all=Count("pk"))
        is_wrong = counts != {"public": row.public, "all": row.all}
        if is_wrong:
            Month.objects.filter(month=month).update(**counts)
    return is_wrong


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _moment(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)
