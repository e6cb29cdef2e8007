"""Sessions without Django's cookie and Vary where nothing read them."""

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from images.accounts.authentication import session_key


class QuietSessionMiddleware(SessionMiddleware):
    """Sessions that leave an answer alone when nothing read them.

    Django's own deletes a junk `sessionid` cookie from every answer, with `Set-Cookie` and `Vary: Cookie`: a
    visitor could keep a public image from being cached.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.session = self.SessionStore(session_key(request))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not request.session.accessed:
            return response
        return super().process_response(request, response)
