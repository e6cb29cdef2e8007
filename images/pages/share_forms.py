"""What people say of a share link: what it leads to, for whom it is, when it ends, password and rights."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser, visible_images
from images.catalogue.albums import visible_albums
from images.catalogue.sharing import MAX_PASSWORD_LENGTH, MOST_SELECTED, ONLY_SPACE, Shareable
from images.models import ShareLink
from images.models.album import MAX_LENGTH
from images.models.share import MAX_NOTE_LENGTH
from images.models.text import CleanFormField

AS_IT_DOES, NEVER, ON_A_DAY = "as_it_does", "never", "on_a_day"
LAST_DAY = date(8999, 12, 31)  # whose end no time zone has after the year 9999
ID_LENGTH = 36
ENDS = [
    ("1", _("after a day")),
    ("7", _("after a week")),
    ("30", _("after a month")),
    (ON_A_DAY, _("on the day below")),
    (NEVER, _("when you revoke it")),
]


class IdsInOneField(forms.CharField):
    """Ids of images in one hidden field, with blanks between them: Django takes no thousand fields."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, max_length=(ID_LENGTH + 1) * MOST_SELECTED)

    def clean(self, value: Any) -> list[UUID]:
        try:
            return [UUID(text) for text in super().clean(value).split()]
        except ValueError:
            raise forms.ValidationError("These are no ids.") from None

    def prepare_value(self, value: Any) -> Any:
        return " ".join(str(pk) for pk in value) if isinstance(value, list) else value


class TargetForm(forms.Form):
    """What a link is to lead to: one of these, which the address names or the form has."""

    image = forms.UUIDField(required=False, widget=forms.HiddenInput)
    album = forms.UUIDField(required=False, widget=forms.HiddenInput)
    search = forms.CharField(required=False, max_length=MAX_LENGTH, widget=forms.HiddenInput)
    images = IdsInOneField()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if len([value for value in cleaned.values() if value]) != 1:
            raise forms.ValidationError("A link leads to one thing.")
        return cleaned

    def meant_by(self, user: AnyUser) -> Shareable:
        """Return what is to be shared. Raises Http404 where `user` sees no such image or album."""
        said = self.cleaned_data
        if said["image"]:
            return get_object_or_404(visible_images(user), pk=said["image"])
        if said["album"]:
            return get_object_or_404(visible_albums(user), pk=said["album"])
        meant: Shareable = said["search"] or said["images"]
        return meant


class PasswordField(forms.CharField):
    """Without the space around it. What is space alone is none by mistake: then anybody would be let in."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.isspace():
            raise forms.ValidationError(ONLY_SPACE)
        return super().to_python(value)


class TermsForm(forms.Form):
    """The terms of a link that is made."""

    note = CleanFormField(
        label=_("For whom"),
        help_text=_("A note of yours, in the list of your links. Visitors do not see it."),
        max_length=MAX_NOTE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    ends = forms.ChoiceField(
        label=_("It ends"),
        choices=ENDS,
        initial="30",
    )
    day = forms.DateField(
        label=_("On which day"),
        help_text=_("At its end, by UTC."),
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=[MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    password = PasswordField(
        label=_("Password"),
        help_text=_(
            "If you give one, visitors are asked for it. Tell it them by another way than the address."
        ),
        max_length=MAX_PASSWORD_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off", "spellcheck": "false"}),
    )
    may_download = forms.BooleanField(label=_("They may download the originals"), required=False)
    may_locate = forms.BooleanField(
        label=_("What they download may say where it was taken"),
        help_text=_("Else they get copies without the place, of those that say it."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day, ends = cleaned.get("day"), cleaned.get("ends")
        if ends == ON_A_DAY and not day and "day" not in self.errors:
            self.add_error("day", _("Say on which day."))
        if ends == ON_A_DAY and day and _end_of(day) <= timezone.now():
            self.add_error("day", _("This is over already."))
        if day and ends not in (ON_A_DAY, None):
            self.add_error("ends", _("You named a day: choose it here, or leave it empty."))
        return cleaned

    @property
    def terms(self) -> dict[str, Any]:
        """What was said, as catalogue/sharing.py takes it."""
        said = self.cleaned_data
        terms = {name: said[name] for name in ("note", "password", "may_download", "may_locate")}
        match said["ends"]:
            case "as_it_does":
                return terms
            case "never":
                return terms | {"expires_at": None}
            case "on_a_day":
                return terms | {"expires_at": _end_of(said["day"])}
        return terms | {"expires_at": timezone.now() + timedelta(days=int(said["ends"]))}


class ChangedTermsForm(TermsForm):
    """The terms of a link that is there: what nobody says anything of stays."""

    no_password = forms.BooleanField(label=_("No password any more"), required=False)

    field_order = ("note", "ends", "day", "password", "no_password", "may_download", "may_locate")

    def __init__(self, share: ShareLink, data: QueryDict | None = None) -> None:
        rights = {"may_download": share.may_download, "may_locate": share.may_locate}
        super().__init__(data, initial={"note": share.note, "ends": AS_IT_DOES, **rights})
        ends = cast(forms.ChoiceField, self.fields["ends"])
        ends.choices = [(AS_IT_DOES, _("as it does now")), *ENDS]
        if share.password:
            self.fields["password"].label = _("Another password")
            self.fields["password"].help_text = _("Left empty, it stays as it is.")
        else:
            del self.fields["no_password"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("no_password") and cleaned.get("password"):
            self.add_error("no_password", _("Give another password or have none, not both."))
        return cleaned

    @property
    def terms(self) -> dict[str, Any]:
        terms = super().terms
        if not terms["password"] and not self.cleaned_data.get("no_password"):
            del terms["password"]
        return terms


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
