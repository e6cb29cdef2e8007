"""Query text and filters -> queryset. The API's list and the gallery page ask the same."""

import re
import unicodedata
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import may_upload
from images.concurrency.deadlines import query_deadline
from images.imaging.formats import MIME_TYPES
from images.models import Image
from images.text import clean

SEARCHED = ("title", "description", "alt_text", "filename")
ORDERINGS = ("created_at", "size", "width", "height", "title", "filename")
MAX_SEARCH_LENGTH = 200
MAX_WORDS = 8  # each costs a condition per searched field
MAX_COUNT = 10_000  # up to which images are counted: to find them all takes a hundred times as long
DEADLINE = 5  # seconds, of all that one list asks of the database
TOO_MANY_WORDS = format_lazy(_("Search for at most {number} different words."), number=MAX_WORDS)

# Beyond these a moment may be none in UTC.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

is_sha256 = RegexValidator(r"\A[0-9a-fA-F]{64}\Z", _("A SHA-256 is 64 hexadecimal digits."))

TYPES = {mime_type.partition("/")[2]: mime_type for mime_type in MIME_TYPES}
SHAPES = {
    "landscape": Q(width__gt=F("height")),
    "portrait": Q(width__lt=F("height")),
    "square": Q(width=F("height")),
}


def search(queryset: QuerySet[Image], text: str) -> QuerySet[Image]:
    """Return the images of `queryset` with every word of `text`, in any case, in any of SEARCHED."""
    for word in _words(text):
        found = Q()
        for field in SEARCHED:
            found |= _contains(field, word)
        queryset = queryset.filter(found)
    return queryset


def search_deadline() -> AbstractContextManager[None]:
    """Return the block in which a list is found, or Busy raised: no index helps a search yet."""
    return query_deadline(DEADLINE)


def count_some(queryset: QuerySet[Image]) -> int:
    """Return how many images `queryset` has; of more than MAX_COUNT just that it is one more."""
    return queryset.order_by()[: MAX_COUNT + 1].count()


def of_file(digest: str) -> Q:
    """Return the condition of an image of the file with this SHA-256: as it was sent, or without metadata."""
    digest = digest.lower()
    return Q(hash=digest) | Q(source_hash=digest)


def has_few_words(text: str) -> None:
    """Raise ValidationError when `text` has more than MAX_WORDS different words."""
    if len(_words(text)) > MAX_WORDS:
        raise ValidationError(TOO_MANY_WORDS)


def _words(text: str) -> list[str]:
    """Return the words of `text`, each once in whatever case."""
    return list({word.casefold(): word for word in clean(text).split()}.values())


def _contains(field: str, word: str) -> Q:
    if field == "filename":  # which is kept without them
        word = "".join(letter for letter in word if unicodedata.category(letter)[0] != "C")
        if not word:
            return Q()
    # LIKE of SQLite folds the case of ASCII only; its REGEXP is Python's, and slower.
    if connection.vendor == "sqlite" and not word.isascii():
        return Q(**{f"{field}__iregex": re.escape(word)})
    return Q(**{f"{field}__icontains": word})


class MomentFilter(filters.DateTimeFilter):
    """A moment or a day (its midnight) in ISO 8601; UTC where no offset is said."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            input_formats=(),  # ISO 8601 is read before these, and 02/03/2024 is anyone's guess
            validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
            **options,
        )


class DayFilter(filters.DateFilter):
    """A day in ISO 8601."""

    def __init__(self, **options: Any) -> None:
        super().__init__(field_name="taken_day", input_formats=["%Y-%m-%d"], **options)


class IntegerFilter(filters.Filter):
    field_class = forms.IntegerField


class ImageFilter(filters.FilterSet):
    """The list's filters: `ImageFilter(request.GET, queryset=visible_images(user))`.

    `is_valid()` and `errors` judge the values; `qs` is the filtered queryset, ordered (newest first by
    default) with ties broken by id. Which images there are to filter, the trash's included, access.py says.
    """

    search = filters.CharFilter(
        label=_("Search"),
        method="filter_search",
        max_length=MAX_SEARCH_LENGTH,
        validators=[has_few_words],
        help_text=_(
            "At most 8 different words that all occur in title, description, alternative text or file name."
        ),
    )
    type = filters.ChoiceFilter(
        label=_("Type"),
        method="filter_type",
        choices=[(name, name) for pair in TYPES.items() for name in pair],
        help_text=_("`image/jpeg` or short `jpeg`."),
    )
    visibility = filters.ChoiceFilter(label=_("Visibility"), choices=Image.Visibility.choices)
    uploaded_after = MomentFilter(
        label=_("Uploaded from"),
        field_name="created_at",
        lookup_expr="gte",
        help_text=_("This moment included."),
    )
    uploaded_before = MomentFilter(
        label=_("Uploaded before"),
        field_name="created_at",
        lookup_expr="lt",
        help_text=_("This moment excluded."),
    )
    taken_after = DayFilter(
        label=_("Taken from"),
        lookup_expr="gte",
        help_text=_("This day included, by the camera's clock."),
    )
    taken_before = DayFilter(
        label=_("Taken before"),
        lookup_expr="lt",
        help_text=_("This day excluded, by the camera's clock."),
    )
    orientation = filters.ChoiceFilter(
        label=_("Orientation"), method="filter_orientation", choices=[(shape, shape) for shape in SHAPES]
    )
    min_width = IntegerFilter(
        label=_("Least width in pixels"), field_name="width", lookup_expr="gte", min_value=0
    )
    hash = filters.CharFilter(
        label=_("SHA-256"),
        method="filter_hash",
        validators=[is_sha256],
        help_text=_(
            "Of the original; for people who may upload, also of the file as it was sent where its metadata "
            "was taken out."
        ),
    )
    trashed = filters.ChoiceFilter(
        label=_("Trash"),
        method="filter_trashed",
        choices=[("1", _("in the trash")), ("0", _("not in the trash"))],
        help_text=_("`1` lists the images in the trash that you may restore, and no others."),
    )
    ordering = filters.ChoiceFilter(
        label=_("Order"),
        method="filter_ordering",
        choices=[(sign + field, sign + field) for field in (*ORDERINGS, "taken_at") for sign in ("", "-")],
        help_text=_("A field, backwards with a minus; the newest first when not given."),
    )

    class Meta:
        model = Image
        fields = ()

    def filter_search(self, queryset: QuerySet[Image], name: str, text: str) -> QuerySet[Image]:
        return search(queryset, text)

    def filter_type(self, queryset: QuerySet[Image], name: str, type_: str) -> QuerySet[Image]:
        return queryset.filter(mime_type=TYPES.get(type_, type_))

    def filter_orientation(self, queryset: QuerySet[Image], name: str, shape: str) -> QuerySet[Image]:
        return queryset.filter(SHAPES[shape])

    def filter_hash(self, queryset: QuerySet[Image], name: str, digest: str) -> QuerySet[Image]:
        is_told = self.request is not None and may_upload(self.request.user)
        return queryset.filter(of_file(digest) if is_told else Q(hash=digest.lower()))

    def filter_trashed(self, queryset: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        return queryset  # already one or the other

    def filter_ordering(self, queryset: QuerySet[Image], name: str, field: str) -> QuerySet[Image]:
        field = field.replace("taken_at", "dated_at")
        return queryset.order_by(field, "-pk" if field.startswith("-") else "pk")
