"""Serializers that take no more than they know."""

from collections.abc import Collection
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers


class RefuseUnknownFields(serializers.Serializer[Any]):
    """Says so when a field is sent that there is not, or one twice: `visiblity=private` must not publish an
    image, and of ninety files not one be taken in silence.

    Read-only fields are ignored, as everywhere: what was read can be sent back changed.
    """

    lists: Collection[str] = ()  # the fields that a form has once for each value

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if isinstance(data, QueryDict):  # a form, of which no more than the last of each would count
            once = _("Send this once.")
            single = sorted(name for name in data if name not in self.lists)
            if repeated := {name: [once] for name in single if len(data.getlist(name)) > 1}:
                raise serializers.ValidationError(repeated)
        if unknown := set(data) - set(self.fields) - {"csrfmiddlewaretoken"}:
            message = _("There is no such field.")
            raise serializers.ValidationError({name: [message] for name in sorted(unknown)})
        return values
