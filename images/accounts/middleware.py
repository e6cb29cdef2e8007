"""Sessions without Django's cookie and Vary where nothing read them."""

from typing import cast

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from images.accounts.authentication import session_key
from images.accounts.session_store import SessionStore


class QuietSessionMiddleware(SessionMiddleware):
    """Sessions that leave an answer alone when nothing read them.

    Django's own deletes a junk `sessionid` cookie from every answer, with `Set-Cookie` and `Vary: Cookie`: a
    visitor could keep a public image from being cached.

    It tells a session (images/accounts/session_store.py) from which browser it came, and that it was seen.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.session = session = SessionStore(session_key(request))
        session.agent = request.headers.get("User-Agent", "")

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not request.session.accessed:
            return response
        response = super().process_response(request, response)
        if response.status_code < 500:  # with an error, whatever failed may fail again
            cast(SessionStore, request.session).see()
        return response
