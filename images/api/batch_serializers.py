"""What is said with an action on many images, and what is answered."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from images.api.fields import TagsField
from images.api.serializers import DescribedSerializer
from images.api.strict import RefuseUnknownFields
from images.catalogue.curation import MOST
from images.catalogue.publishing import Location
from images.catalogue.query import MAX_LENGTH
from images.models import Image
from images.models.album import MAX_KEY_LENGTH
from images.models.image import MAX_OFFSET

# The actions, each with what has to be said with it.
ACTIONS = {
    "tag": "tags",
    "untag": "tags",
    "file": "album",
    "unfile": "album",
    "visibility": "visibility",
    "edit": "changes",
    "shift_dates": "minutes",
    "favourite": None,
    "unfavourite": None,
    "trash": None,
    "restore": None,
}
WITH = {"location": ("visibility", "restore"), "offset": ("shift_dates",)}  # what may be said besides
MAX_MINUTES = 600_000_000  # that dates are wrong by: a thousand years
CODES = ("not_found", "permission_denied", "location_undecided", "validation_error")


class WordsSerializer(DescribedSerializer):
    """Words, rights and time, the same for all."""

    tags = None  # type: ignore[assignment]  # which are added and removed, each for itself
    keywords = None  # type: ignore[assignment]

    class Meta:
        model = Image
        fields = (
            *("title", "description", "alt_text", "decorative"),
            *("author", "credit", "copyright", "licence", "source_url"),
            *("taken_at", "taken_offset"),
        )


class ActionSerializer(RefuseUnknownFields):
    """An action, and on which images: `images`, or `search` with `count`."""

    action = serializers.ChoiceField(list(ACTIONS))
    images = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=MOST,
        allow_empty=False,
        required=False,
        help_text="Their ids.",
    )
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        max_length=MAX_LENGTH,
        help_text="All that it finds, as in the list of images.",
    )
    count = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST, help_text="How many it was shown to find."
    )
    tags = TagsField(help_text="With `tag` and `untag`: names of tags.")
    album = serializers.CharField(
        required=False, max_length=MAX_KEY_LENGTH, help_text="With `file` and `unfile`: its id or slug."
    )
    visibility = serializers.ChoiceField(Image.Visibility.choices, required=False)
    location = serializers.ChoiceField(
        Location.choices,
        required=False,
        help_text="With `visibility`: publish those that say where they were taken with that, or copies "
        "without it; with `restore` likewise, but no copies are made.",
    )
    changes = WordsSerializer(required=False, partial=True, help_text="With `edit`.")
    minutes = serializers.IntegerField(
        required=False,
        min_value=-MAX_MINUTES,
        max_value=MAX_MINUTES,
        help_text="With `shift_dates`: what is added to what the cameras' clocks showed.",
    )
    offset = serializers.IntegerField(
        required=False,
        min_value=-MAX_OFFSET,
        max_value=MAX_OFFSET,
        help_text="With `shift_dates`: how many minutes east of UTC the clocks were.",
    )

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("images" in said) == ("search" in said):
            raise serializers.ValidationError({"images": [_("Say images, or search and count.")]})
        if ("search" in said) != ("count" in said):
            raise serializers.ValidationError(
                {"count": [_("Say with a search how many it was shown to find.")]}
            )
        action = said["action"]
        wanted = ACTIONS[action]
        if wanted and not said.get(wanted) and said.get(wanted) != 0:
            raise serializers.ValidationError({wanted: [_("This goes with the action.")]})
        of_others = {name for name in ACTIONS.values() if name and name != wanted}
        of_others |= {name for name, actions in WITH.items() if action not in actions}
        if superfluous := of_others & said.keys():
            raise serializers.ValidationError(
                {name: [_("This does not go with the action.")] for name in sorted(superfluous)}
            )
        if "minutes" in said:
            said["minutes"] = timedelta(minutes=said["minutes"])
        return said


class ItemSerializer(serializers.Serializer[Any]):
    """What became of one image."""

    id = serializers.UUIDField()
    status = serializers.IntegerField(help_text="200, or that of the problem.")
    code = serializers.ChoiceField(["", *CODES])
    detail = serializers.CharField(required=False, help_text="The problem in a sentence.")
    public_copy = serializers.UUIDField(
        required=False, help_text="The copy without its location that is public in its place."
    )
    notice = serializers.CharField(required=False, help_text="What was not done as asked, in a sentence.")


class DoneSerializer(serializers.Serializer[Any]):
    results = ItemSerializer(many=True)
    undo = serializers.URLField(
        allow_null=True, help_text="Where to POST to undo it; null if nothing changed."
    )
