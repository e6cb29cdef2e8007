"""Share links as the API writes and reads them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from images.api.fields import TextField
from images.api.strict import RefuseUnknownFields
from images.catalogue.shares import selected_ids
from images.catalogue.sharing import MAX_PASSWORD_LENGTH, MOST_SELECTED, ONLY_SPACE
from images.models import ShareLink
from images.models.album import MAX_LENGTH
from images.models.share import MAX_NOTE_LENGTH

Target = ShareLink.Target
SAID_WITH = {
    Target.IMAGE: "image",
    Target.ALBUM: "album",
    Target.SEARCH: "search",
    Target.SELECTION: "images",
}


class TargetSerializer(RefuseUnknownFields):
    """What a link leads to: its type, and the field of that type."""

    type = serializers.ChoiceField(Target.choices)
    image = serializers.UUIDField(required=False, help_text="Of `image`: its id.")
    album = serializers.UUIDField(required=False, help_text="Of `album`: its id.")
    search = TextField(
        required=False, max_length=MAX_LENGTH, help_text="Of `search`: in the language of the search box."
    )
    images = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_empty=False,
        max_length=MOST_SELECTED,
        help_text="Of `selection`: ids, in order. In answers those that the link shows, and none in lists.",
    )
    count = serializers.IntegerField(
        read_only=True, min_value=1, help_text="Of `selection`: how many were selected."
    )

    class Meta:
        told = ("image", "album", "search", "images", "count")

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Say what is wrong in sentences, as of any other field."""
        try:
            return super().run_validation(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(list(_sentences(error.detail))) from None

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        wanted = SAID_WITH[said["type"]]
        if wanted not in said:
            raise serializers.ValidationError({wanted: [_("This goes with the type.")]})
        if superfluous := said.keys() - {"type", wanted}:
            raise serializers.ValidationError(
                {name: [_("This does not go with the type.")] for name in sorted(superfluous)}
            )
        return said

    def to_representation(self, share: ShareLink) -> dict[str, Any]:
        match share.target:
            case Target.IMAGE:
                what: dict[str, Any] = {"image": str(share.image_id)}
            case Target.ALBUM:
                what = {"album": str(share.album_id)}
            case Target.SEARCH:
                what = {"search": share.search}
            case _:
                what = {"count": getattr(share, "selected", None)}
                if self.context.get("is_one"):
                    what = {"images": [str(pk) for pk in selected_ids(share)], **what}
        return {"type": share.target, **what}


class PasswordField(serializers.CharField):
    """A string. DRF would take a number for one, and space alone for none: then anybody would be let in."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and data.isspace():
            raise serializers.ValidationError(ONLY_SPACE)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class MomentToCome(serializers.DateTimeField):
    """A moment. One that no time zone has everywhere is no valid one."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            return super().to_internal_value(value)
        except OverflowError:
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]")


class ShareSerializer(RefuseUnknownFields):
    """A share link, without its address."""

    id = serializers.UUIDField(read_only=True)
    target = TargetSerializer(source="*")
    note = TextField(
        default="",
        allow_blank=True,
        max_length=MAX_NOTE_LENGTH,
        help_text="For whom it is; visitors see none.",
    )
    expires_at = MomentToCome(default=None, allow_null=True, help_text="Null for never.")
    password = PasswordField(
        default="",
        allow_blank=True,
        allow_null=True,
        write_only=True,
        max_length=MAX_PASSWORD_LENGTH,
        help_text="Asked of visitors; an empty one, or null, is none. The library keeps only its hash.",
    )
    has_password = serializers.BooleanField(read_only=True, source="password")
    may_download = serializers.BooleanField(default=False, help_text="Whether visitors get the originals.")
    may_locate = serializers.BooleanField(
        default=False,
        help_text="Whether originals say where they were taken; else copies without that are downloaded.",
    )
    visits = serializers.IntegerField(read_only=True, min_value=0)
    last_visit_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="The beginning of the hour."
    )
    revoked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        is_as_it_was = self.instance is not None and moment == self.instance.expires_at
        if moment and moment <= timezone.now() and not is_as_it_was:
            raise serializers.ValidationError(_("This is over already."))
        return moment

    def validate_password(self, password: str | None) -> str:
        return password or ""


class ChangedShareSerializer(ShareSerializer):
    """The terms of a share link, which leads where it led."""

    target = TargetSerializer(source="*", read_only=True)


class MadeShareSerializer(ShareSerializer):
    """A share link just made, with its address."""

    url = serializers.URLField(help_text="Its address, this once: the library keeps only a hash of it.")


def _sentences(detail: Any, name: str = "") -> Iterator[str]:
    """Yield what is wrong with a target, each sentence with the field that it is about."""
    if isinstance(detail, dict):
        for field, of_field in detail.items():
            is_named = isinstance(field, str) and field != "non_field_errors"
            yield from _sentences(of_field, f"{field}: " if is_named else name)
    elif isinstance(detail, list):
        for one in detail:
            yield from _sentences(one, name)
    else:
        yield f"{name}{detail}"
