"""Where lists are the members' (IMAGELIB_GALLERY): their pages are the sign-in for nobody."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import NotAuthenticated

from images.catalogue.access import AnyUser, may_list

Args = ParamSpec("Args")
Page = Callable[Concatenate[HttpRequest, Args], HttpResponse]


def require_member(user: AnyUser) -> None:
    """Raise NotAuthenticated for nobody, where lists are the members'."""
    if not may_list(user):
        raise NotAuthenticated


def for_members(page: Page[Args]) -> Page[Args]:
    """Decorate a page that lists images, or tells what there is."""

    @wraps(page)
    def answer(request: HttpRequest, /, *args: Args.args, **kwargs: Args.kwargs) -> HttpResponse:
        if not may_list(request.user):
            return redirect_to_login(request.get_full_path())
        return page(request, *args, **kwargs)

    return answer
