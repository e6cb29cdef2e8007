"""Puts right what is kept of tags, albums and months, while others change them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from images.catalogue.tag_names import fitting
from images.catalogue.tags import add_tags
from images.concurrency.locks import locked
from images.models import Album, AlbumEntry, Image, Month, Tag, Tagging

BATCH = 500
MOST = 20_000  # taggings counted at once, one tag's apart, or entries: as long others wait who change these
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


class Kind(NamedTuple):
    """What has images and figures of them, and the rows that say which, each with one by this `name`."""

    model: Any
    links: Any
    name: str


KINDS = (Kind(Tag, Tagging, "tag"), Kind(Album, AlbumEntry, "album"))


def recount() -> int:
    """Count the figures of all tags, albums and months afresh; return how many had been wrong.

    All are counted first while nobody waits. What seems wrong is locked, then counted: who changed an image
    and its figures has ended, or counts from there.
    """
    wrong = sum(_recount(kind, ids) for kind in KINDS for ids in _batches(_doubtful(kind)))
    return wrong + sum(map(_recount_month, _doubtful_months()))


def _doubtful(kind: Kind) -> Iterator[tuple[Any, int]]:
    """Yield the id of each row that seems wrong, and how many images it has. Few images are looked at: the
    private ones, and those in the trash.
    """
    links = kind.links.objects
    all_ = _counted(kind, links.all())
    trashed = _counted(kind, links.filter(image__in=Image.objects.filter(deleted_at__isnull=False)))
    private = _counted(kind, links.filter(image__in=Image.objects.filter(IN_LIBRARY).exclude(PUBLIC)))
    for pk, *kept in kind.model.objects.order_by("pk").values_list("pk", "public", "all").iterator():
        there = all_[pk] - trashed[pk]
        if kept != [there - private[pk], there]:
            yield pk, all_[pk]


def _counted(kind: Kind, links: QuerySet[Any]) -> Counter[Any]:
    return Counter(dict(links.order_by().values_list(kind.name).annotate(number=Count("pk"))))


def _batches(rows: Iterable[tuple[Any, int]]) -> Iterator[list[Any]]:
    """Yield the ids in batches of about as much to count."""
    batch: list[Any] = []
    weighs = 0
    for pk, number in rows:
        if batch and weighs + number > MOST:
            yield batch
            batch, weighs = [], 0
        batch.append(pk)
        weighs += number + 1
    if batch:
        yield batch


def _recount(kind: Kind, ids: list[Any]) -> int:
    with transaction.atomic():
        rows = list(locked(kind.model.objects.filter(pk__in=ids)).order_by("pk"))
        links = kind.links.objects.filter(**{f"{kind.name}__in": rows}, image__deleted_at=None).order_by()
        is_public = Q(image__visibility=Image.Visibility.PUBLIC)
        found = links.values_list(kind.name).annotate(public=Count("pk", filter=is_public), all=Count("pk"))
        figures = {pk: (public, all_) for pk, public, all_ in found}
        wrong = []
        for row in rows:
            there, (row.public, row.all) = (row.public, row.all), figures.get(row.pk, (0, 0))
            if there != (row.public, row.all):
                wrong.append(row)
        kind.model.objects.bulk_update(wrong, ["public", "all"], batch_size=500)
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
