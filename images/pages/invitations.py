"""The page of one's invitations: made, shown once, seen what became of them, revoked."""

from datetime import timedelta
from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from images.accounts.invitations import (
    AGE,
    OLDEST,
    invitations_of,
    invite,
    may_invite,
    revoke_invitation,
)
from images.accounts.permissions import groups_within
from images.catalogue.cursors import page_at
from images.http.caching import personal
from images.http.origin import absolute
from images.models.invitation import MAX_NOTE_LENGTH
from images.pages.account import chosen
from images.pages.paging import requested_cursor
from images.text import clean

NEWEST = "-created_at"
PAGE = 50  # invitations


class InvitationForm(forms.Form):
    """An invitation to be made by `user`."""

    group = forms.ModelChoiceField(
        label=gettext_lazy("Group"),
        help_text=gettext_lazy("What the new account may do."),
        queryset=Group.objects.none(),
    )
    note = forms.CharField(
        label=gettext_lazy("For (optional)"),
        help_text=gettext_lazy("Only you and administrators read it."),
        max_length=MAX_NOTE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("It ends"),
        choices=[
            ("1", gettext_lazy("after a day")),
            (str(AGE.days), gettext_lazy("after a week")),
            (str(OLDEST.days), gettext_lazy("after a month")),
        ],
        initial=str(AGE.days),
        coerce=int,
    )

    def __init__(self, user: User, data: QueryDict | None = None):
        super().__init__(data)
        groups = cast(forms.ModelChoiceField, self.fields["group"])
        groups.queryset = groups_within(user).order_by("name")

    def clean_note(self) -> str:
        return clean(self.cleaned_data["note"])


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def invitations(request: HttpRequest) -> HttpResponse:
    """List what one made. A POST makes one, whose address that answer alone shows, or revokes one."""
    user = cast(User, request.user)
    if not may_invite(user):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, InvitationForm(user))
    match request.POST.get("action"):
        case "make":
            return _make(request, user)
        case "revoke":
            revoke_invitation(user, chosen(request))
            messages.success(request, _("The invitation is revoked: its address leads nowhere."))
            return redirect("invitations")
    raise Http404


def _make(request: HttpRequest, user: User) -> HttpResponse:
    form = InvitationForm(user, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made, secret = invite(user, said["group"], note=said["note"], age=timedelta(days=said["days"]))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            address = absolute(request, reverse("join", args=[secret]))
            response = _page(request, InvitationForm(user), made=made, address=address)
            response["Cache-Control"] = "no-store"
            return response
    return _page(request, form, status=400)


def _page(request: HttpRequest, form: InvitationForm, status: int = 200, **made: object) -> HttpResponse:
    own = invitations_of(request.user)
    page = page_at(own, NEWEST, requested_cursor(request, NEWEST), PAGE)
    now = timezone.now()
    rows = [(invitation, invitation.is_expired(now)) for invitation in page.rows]
    context = {"form": form, "page": page, "rows": rows, **made}
    return render(request, "account/invitations.html", context, status=status)
