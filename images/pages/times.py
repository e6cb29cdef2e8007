"""Times as pages say them: what happened here in the reader's zone, a photograph's by its camera's clock."""

from datetime import UTC, date, datetime, timedelta, timezone

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from images.models import Image


def moment(time: datetime) -> SafeString:
    """Return the `time` element of a moment, in UTC; times.js says it in the zone of who reads it."""
    return format_html('<time class="moment" datetime="{}">{} UTC</time>', *_written(time.astimezone(UTC)))


def taken(image: Image) -> SafeString:
    """Return when `image` was taken, by the clock of its camera, and from where that is known if not so."""
    said = clock(image.taken_at, image.taken_offset, image.taken_day)
    if not said:
        return said
    if image.taken_from in ("", Image.TakenFrom.FILE):
        return said
    known = _("known from {source}").format(source=Image.TakenFrom(image.taken_from).label)
    return format_html("{} ({})", said, known)


def clock(taken_at: datetime | None, offset: int | None, day: date | None) -> SafeString:
    """Return what a camera's clock showed, without a zone where nobody knows its `offset` in minutes; the
    `day` where that is all one knows, or nothing.
    """
    if taken_at:
        local = taken_at.astimezone(timezone(timedelta(minutes=offset or 0)))
        shown = _written(local.replace(tzinfo=None) if offset is None else local)
        zone = "" if offset is None else local.tzname()
        return format_html('<time class="clock" datetime="{}">{}</time> {}', *shown, zone)
    return format_html('<time datetime="{}">{}</time>', day, date_format(day)) if day else SafeString()


def _written(time: datetime) -> tuple[str, str]:
    """Return `time` for machines and for people; HTML knows no more than three digits of a second."""
    return time.isoformat(timespec="seconds"), date_format(time, "DATETIME_FORMAT")
