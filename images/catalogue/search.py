"""Parameters of an address -> the list that they ask for, on the page as in the API."""

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import django_filters as filters
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser
from images.catalogue.conditions import SHAPES, TYPES
from images.catalogue.lists import ImageList
from images.catalogue.query import (
    MAX_LENGTH,
    Between,
    Choice,
    Days,
    Field,
    Node,
    Not,
    Query,
    Text,
    conjuncts,
    leaves,
    parse,
)
from images.catalogue.rows import NOTHING
from images.catalogue.sources import NEWEST
from images.catalogue.tag_names import are_few
from images.concurrency.deadlines import query_deadline
from images.errors import InvalidSearch
from images.models import Image

__all__ = ["MAX_LENGTH", "ImageFilter", "is_sha256", "search_deadline"]

# What the API calls its orders, and the fields that rows are in order by.
ORDERINGS = {
    **{name: name for name in ("created_at", "size", "width", "height", "title", "filename")},
    "taken_at": "dated_at",
}
DEADLINE = 5  # seconds, of all that one list asks of the database
TRASHED = Field("is", Choice("trashed"))

# Beyond these a moment may be none in UTC.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

is_sha256 = RegexValidator(r"\A[0-9a-fA-F]{64}\Z", _("A SHA-256 is 64 hexadecimal digits."))


def search_deadline() -> AbstractContextManager[None]:
    """Return the block in which a list is found, or Busy raised."""
    return query_deadline(DEADLINE)


class SearchField(forms.CharField):
    """Text in the language of the search; becomes a Query. The error has the `offset` of its place."""

    def clean(self, value: Any) -> Query:
        text = super().clean(value)
        try:
            query = parse(text)
            _refuse_trash_among_others(query, text)
        except InvalidSearch as error:
            sentence = gettext(error.message).format(**error.parameters)
            raise ValidationError(sentence, params={"offset": error.offset}) from None
        return query


def _refuse_trash_among_others(query: Query, text: str) -> None:
    """Raise InvalidSearch where the trash is one of several: it is a list of its own."""
    for node in conjuncts(query.tree):
        if node not in (TRASHED, Not(TRASHED)) and TRASHED in leaves(node):
            offset = max(0, text.lower().find("is:trashed"))
            raise InvalidSearch("The trash is a list of its own, not one side of or.", offset)


class SearchFilter(filters.CharFilter):
    field_class = SearchField


class TagsField(forms.CharField):
    """Names of tags, each a parameter of the same name; no more than an image has."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[str]:
        are_few(len(value or ()))
        return [text for one in value or () if (text := super(TagsField, self).clean(one))]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return any(data or ())


class TagsFilter(filters.CharFilter):
    field_class = TagsField


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
        super().__init__(input_formats=["%Y-%m-%d"], **options)


class IntegerFilter(filters.Filter):
    field_class = forms.IntegerField


class ParametersForm(forms.Form):
    """All parameters together: one order is asked for."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        query, ordering = cleaned.get("search"), cleaned.get("ordering")
        if query and query.sort and ordering and query.sort != ordering:
            self.add_error("ordering", _("The search asks for another order."))
        return cleaned


class ImageFilter(filters.FilterSet):
    """The list's parameters: `ImageFilter(request.GET)`. `is_valid()` and `errors` judge the values; then
    `images(user)` is the list, the newest first where no order is asked for. Which images a person may list,
    the trash's included, access.py says.
    """

    search = SearchFilter(
        label=_("Search"),
        max_length=MAX_LENGTH,
        strip=False,  # or places in it would be others
        help_text=_("Words, phrases and fields in the language of the search box."),
    )
    tag = TagsFilter(label=_("Tag"), max_length=300, help_text=_("The name of a tag; of several, each."))
    album = filters.CharFilter(label=_("Album"), max_length=MAX_LENGTH, help_text=_("Its address or its id."))
    type = filters.ChoiceFilter(
        label=_("Type"),
        choices=[(name, name) for pair in TYPES.items() for name in pair],
        help_text=_("`image/jpeg` or short `jpeg`."),
    )
    visibility = filters.ChoiceFilter(label=_("Visibility"), choices=Image.Visibility.choices)
    uploaded_after = MomentFilter(label=_("Uploaded from"), help_text=_("This moment included."))
    uploaded_before = MomentFilter(label=_("Uploaded before"), help_text=_("This moment excluded."))
    taken_after = DayFilter(label=_("Taken from"), help_text=_("This day included, by the camera's clock."))
    taken_before = DayFilter(
        label=_("Taken before"), help_text=_("This day excluded, by the camera's clock.")
    )
    orientation = filters.ChoiceFilter(label=_("Orientation"), choices=[(shape, shape) for shape in SHAPES])
    min_width = IntegerFilter(label=_("Least width in pixels"), field_name="width", min_value=0)
    hash = filters.CharFilter(
        label=_("SHA-256"),
        validators=[is_sha256],
        help_text=_(
            "Of the original; for people who may upload, also of the file as it was sent where its metadata "
            "was taken out."
        ),
    )
    trashed = filters.ChoiceFilter(
        label=_("Trash"),
        choices=[("1", _("in the trash")), ("0", _("not in the trash"))],
        help_text=_("`1` lists the images in the trash that you may restore, and no others."),
    )
    ordering = filters.ChoiceFilter(
        label=_("Order"),
        choices=[(sign + name, sign + name) for name in ORDERINGS for sign in ("", "-")],
        help_text=_("A field, backwards with a minus; the newest first when not given."),
    )

    class Meta:
        model = Image
        fields = ()
        form = ParametersForm

    @property
    def search_offset(self) -> int | None:
        """Where in the text of the search its error is, None when it has none."""
        for error in self.form.errors.get("search", forms.utils.ErrorList()).as_data():
            offset: int = (error.params or {}).get("offset", 0)
            return offset
        return None

    def images(self, user: AnyUser, *related: str) -> ImageList:
        """Return the list that valid parameters ask for, as `user` may have it, read with `related` rows."""
        said = self.form.cleaned_data
        query: Query = said["search"]
        nodes = (*conjuncts(query.tree), *_nodes(said))
        is_trash = said["trashed"] == "1" or (said["trashed"] != "0" and TRASHED in nodes)
        return ImageList(
            user, nodes, _moments(said), field_order(said["ordering"] or query.sort), is_trash, related
        )

    def none(self) -> ImageList:
        """Return a list without images, for parameters that ask for none that is understood."""
        return ImageList(AnonymousUser(), given=NOTHING)


def _nodes(said: dict[str, Any]) -> list[Node]:
    """Return what parameters say that fields of the language say too."""
    nodes: list[Node] = [Field("tag", Text(name, is_whole=True)) for name in said["tag"]]
    if said["album"]:
        nodes.append(Field("album", Text(said["album"], is_whole=True)))
    if said["type"]:
        nodes.append(Field("type", Choice(said["type"].removeprefix("image/"))))
    if said["visibility"]:
        nodes.append(Field("is", Choice(said["visibility"])))
    if said["orientation"]:
        nodes.append(Field("shape", Choice(said["orientation"])))
    if said["min_width"] is not None:
        nodes.append(Field("width", Between(Decimal(said["min_width"]), None)))
    if said["hash"]:
        nodes.append(Field("hash", Text(said["hash"].lower())))
    moments = said["uploaded_after"], said["uploaded_before"]
    if any(moments):
        nodes.append(Field("uploaded", Days(*(each and each.astimezone(UTC).date() for each in moments))))
    after, before = said["taken_after"], said["taken_before"]
    if after or before:
        last = before - timedelta(days=1) if before and before > date.min else before
        nodes.append(Field("taken", Days(after, last)))
    return nodes


def _moments(said: dict[str, Any]) -> Q:
    """Return between which moments the upload was: the language knows their days."""
    between = Q()
    if said["uploaded_after"]:
        between &= Q(created_at__gte=said["uploaded_after"])
    if said["uploaded_before"]:
        between &= Q(created_at__lt=said["uploaded_before"])
    return between


def field_order(ordering: str) -> str:
    """Return the order of rows for one of the API's."""
    if not ordering:
        return NEWEST
    return "-" * ordering.startswith("-") + ORDERINGS[ordering.lstrip("-")]
