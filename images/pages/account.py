"""The page of one's own account: sessions, API tokens, and what to do with these."""

from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from images.accounts.sessions import end_session, end_sessions, sessions_of
from images.accounts.tokens import MOST, make_token, revoke_token, tokens_of
from images.catalogue.cursors import page_at
from images.http.caching import personal
from images.models import KnownSession, Scope, Token
from images.models.token import MAX_NAME_LENGTH
from images.pages.agents import described
from images.pages.paging import requested_cursor
from images.pages.programs import host, lines, sharex_uploader
from images.text import clean

SESSIONS_SHOWN = 50
NEWEST = "-created"
NEVER = "never"


class TokenForm(forms.Form):
    """A token to be made."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("What it is for, such as “Screenshots of the laptop”."),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("It may"),
        choices=[
            (Scope.READ, gettext_lazy("see what you may see")),
            (Scope.WRITE, gettext_lazy("do all that you may do, such as upload")),
        ],
        initial=Scope.READ,
        widget=forms.RadioSelect,
    )
    days = forms.ChoiceField(
        label=gettext_lazy("It ends"),
        choices=[
            ("30", gettext_lazy("after 30 days")),
            ("90", gettext_lazy("after 90 days")),
            ("365", gettext_lazy("after a year")),
            (NEVER, gettext_lazy("when you revoke it")),
        ],
        initial="90",
    )

    def clean_name(self) -> str:
        name = clean(self.cleaned_data["name"])
        if not name:
            raise ValidationError(self.fields["name"].error_messages["required"])
        return name

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return None if days == NEVER else timezone.now() + timedelta(days=int(days))


class ChosenForm(forms.Form):
    """One row of a list."""

    id = forms.UUIDField()


class TextOfTokenForm(forms.Form):
    """The text of a token, from the page that shows it."""

    token = forms.RegexField(r"\A[0-9a-f]{64}\Z")


@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who one is, where one is signed in, which programs have a token. A POST makes or revokes a token, ends
    sessions, or answers with a file that has a token in it: no address has one, so no log has.
    """
    if request.method != "POST":
        return _page(request, TokenForm())
    match request.POST.get("action"):
        case "make":
            return _make(request)
        case "revoke":
            return _revoke(request)
        case "end":
            return _end(request)
        case "end_others":
            return _end_others(request)
        case "sharex":
            return _sharex(request)
    raise Http404


def _page(request: HttpRequest, form: TokenForm, status: int = 200, **made: Token | str) -> HttpResponse:
    key = request.session.session_key
    sessions = sessions_of(request.user)[: SESSIONS_SHOWN + 1]
    tokens = page_at(tokens_of(request.user), NEWEST, requested_cursor(request, NEWEST), MOST)
    context = {
        "form": form,
        "sessions": [_told(session, key) for session in sessions[:SESSIONS_SHOWN]],
        "more_sessions": len(sessions) > SESSIONS_SHOWN,
        "tokens": [(token, _since(token.created, token.last_used_at)) for token in tokens.rows],
        "page": tokens,
        "now": timezone.now(),
        "lines": lines(request),
        **made,
    }
    return render(request, "account/account.html", context, status=status)


def _told(session: KnownSession, key: str | None) -> dict[str, object]:
    """Return what the page says of a session; that of this `key` is the one that asks."""
    return {
        "row": session,
        "name": described(session.agent),
        "seen_at": _since(session.created_at, session.seen_at),
        "is_this": session.session_id == key,
    }


def _since(made_at: datetime, hour: datetime | None) -> datetime | None:
    """Return when something was last seen in this `hour`, at the earliest: not before it was made."""
    return hour and max(made_at, hour)


def _make(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        terms = {"name": said["name"], "scope": said["scope"], "expires_at": form.expires_at}
        try:
            token, text = make_token(request.user, **terms)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            response = _page(request, TokenForm(), made=token, text=text)
            response["Cache-Control"] = "no-store"
            return response
    return _page(request, form, status=400)


def _revoke(request: HttpRequest) -> HttpResponse:
    revoke_token(request.user, chosen(request))
    messages.success(request, _("The token is revoked: what has it is refused from now on."))
    return redirect("account")


def _end(request: HttpRequest) -> HttpResponse:
    end_session(request.user, chosen(request))
    messages.success(request, _("That session is ended."))
    return redirect("account")


def _end_others(request: HttpRequest) -> HttpResponse:
    ended = end_sessions(request.user, but=request.session.session_key)
    sentence = ngettext("%d other session is ended.", "%d other sessions are ended.", ended)
    messages.success(request, sentence % ended)
    return redirect("account")


def _sharex(request: HttpRequest) -> HttpResponse:
    form = TextOfTokenForm(request.POST)
    if not form.is_valid():
        raise Http404
    response = JsonResponse(
        sharex_uploader(request, form.cleaned_data["token"]), json_dumps_params={"indent": 2}
    )
    response["Content-Disposition"] = content_disposition_header(True, f"{host(request)}.sxcu")
    response["Cache-Control"] = "no-store"
    return response


def chosen(request: HttpRequest) -> UUID:
    """Return the id of the row that a form of a list is about. Raises Http404 for none."""
    form = ChosenForm(request.POST)
    if not form.is_valid():
        raise Http404
    one: UUID = form.cleaned_data["id"]
    return one
