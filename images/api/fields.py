"""What a field of an image is made of as the API takes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from rest_framework import serializers

from images.catalogue.tag_names import distinct
from images.catalogue.tags import tag_names
from images.catalogue.taken import Taken
from images.models import Image
from images.text import MAX_KEYWORD_LENGTH, MAX_KEYWORDS, clean

TAGS = ("tags", "keywords")


class TextField(serializers.CharField):
    """A string, judged as it will be kept. DRF would take a number for one; a form has nothing else."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(clean(data, has_lines=True, limit=self.max_length))


class AddressField(TextField, serializers.URLField):
    """An address on the web."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for validator in self.validators:  # of which DRF puts its own in the place of the model's
            if isinstance(validator, URLValidator):
                validator.schemes = ["http", "https"]


class TagsField(serializers.ListField):
    """The names of an image's tags; in a form, a field for each."""

    def __init__(self, **options: Any) -> None:
        child = TextField(max_length=MAX_KEYWORD_LENGTH, allow_blank=True)
        super().__init__(child=child, max_length=MAX_KEYWORDS, required=False, **options)

    def get_attribute(self, image: Image) -> list[str]:
        return tag_names(image)

    def to_internal_value(self, data: Any) -> list[str]:
        return list(distinct(super().to_internal_value(data)).values())

    def run_child_validation(self, data: list[Any]) -> list[str]:
        """Say what is wrong as of any other field, in sentences and not by position."""
        try:
            words: list[str] = super().run_child_validation(data)
        except serializers.ValidationError as error:
            of_each: Any = error.detail
            sentences = dict.fromkeys(sentence for of_one in of_each.values() for sentence in of_one)
            raise serializers.ValidationError(list(sentences)) from None
        return words


class Moment(NamedTuple):
    """A moment as it was said: without a time zone where it had no offset; `offset` in minutes, None where
    it had none, or the Z that tells an instant and nothing of the clock (RFC 9557, 2).
    """

    time: datetime
    offset: int | None


class MomentField(serializers.DateTimeField):
    """A moment in ISO 8601, not a day."""

    def to_internal_value(self, value: Any) -> Moment:  # type: ignore[override]  # with_taken makes one of it
        try:
            time = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]")
        if is_day(value):
            self.fail("date")
        from_utc = time.utcoffset()
        if from_utc is None or value[-1] in "zZ":
            return Moment(time, None)
        if from_utc % timedelta(minutes=1):
            self.fail("make_aware", timezone=time.tzinfo)
        return Moment(time, from_utc // timedelta(minutes=1))


def is_day(text: str) -> bool:
    """Whether `text` is a day in ISO 8601."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def with_taken(values: dict[str, Any], image: Image | None, known_from: str) -> dict[str, Any]:
    """Return `values` with the four fields of Taken where `taken_at` or `taken_offset` in them say something
    else than `image`, and else with none. What is not said stays as it is.
    """
    there = Taken.of(image) if image else Taken()
    time, offset = there.taken_at, there.taken_offset
    others = {name: value for name, value in values.items() if name not in ("taken_at", "taken_offset")}
    if "taken_at" in values:
        said: Moment | None = values["taken_at"]
        time = said and said.time
        if said and (said.time.tzinfo is None or said.offset is not None):
            offset = said.offset
    elif time is None and values.get("taken_offset") is not None:
        raise serializers.ValidationError({"taken_offset": [_("Say taken_at with it: it is not known.")]})
    offset = values.get("taken_offset", offset)
    if time == there.taken_at and (time is None or offset == there.taken_offset):
        return others
    try:
        taken = Taken.at(time, offset, known_from)
    except ValidationError as error:
        raise serializers.ValidationError({"taken_at": error.messages}) from None
    return others if taken.is_same_moment(there) else others | taken._asdict()


@contextmanager
def refused_in_words(field: str) -> Iterator[None]:
    """Have what the block refuses answered as of the fields that it names, or of this one."""
    try:
        yield
    except ValidationError as error:
        named = error.message_dict if hasattr(error, "error_dict") else {field: error.messages}
        raise serializers.ValidationError(named) from None


def with_tags(values: dict[str, Any], image: Image | None) -> dict[str, Any]:
    """Return `values` with the `tags` that were said under that name or its former one, `keywords`, if any:
    those under a name that says what is there already do not count.
    """
    others = {name: value for name, value in values.items() if name not in TAGS}
    said = [values[name] for name in TAGS if name in values]
    if len(said) > 1 and image:
        there = distinct(tag_names(image)).keys()
        said = [names for names in said if distinct(names).keys() != there] or said
    if len(said) > 1 and distinct(said[0]).keys() != distinct(said[1]).keys():
        raise serializers.ValidationError({"keywords": [_("Say this under its new name, tags, alone.")]})
    return others | {"tags": said[0]} if said else others
