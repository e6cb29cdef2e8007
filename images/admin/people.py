"""People and groups in the admin: nobody gives more than they have, or reaches an account that may do more.

Django's own admin lets whoever may edit people make themselves superuser, or take over one by a new password.
"""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from images.accounts.deletion import delete_people, let_go
from images.accounts.passwords import OthersPasswordForm
from images.accounts.permissions import groups_within, held_by, is_within
from images.accounts.resets import link_of, may_make_link
from images.admin.consequences import consequences
from images.http.origin import absolute

admin.site.unregister([User, Group])


class WithinOnesOwn(admin.ModelAdmin):
    """Changes and deletes what is within one's own permissions, and offers only what is."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or is_within(obj, _asker(request)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or is_within(obj, _asker(request)))

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        if db_field.related_model is Permission:
            kwargs["queryset"] = held_by(_asker(request))
        elif db_field.related_model is Group:
            kwargs["queryset"] = groups_within(_asker(request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def _asker(request: HttpRequest) -> User:
    return cast(User, request.user)  # the admin lets nobody else in


@admin.register(User)
class UserAdmin(WithinOnesOwn, DjangoUserAdmin):
    change_password_form = OthersPasswordForm

    def get_deleted_objects(self, objs: Iterable[User], request: HttpRequest) -> Any:
        """Return what becomes of what the people have, where Django lists all of it, and which permission is
        lacking.
        """
        people = list(objs)
        may = all(self.has_delete_permission(request, person) for person in people)
        return consequences(people), {}, set() if may else {self.opts.verbose_name}, []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Answer as Django does, without its transaction around all of it."""
        answer: HttpResponse = self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined]
        return answer

    def log_deletions(self, request: HttpRequest, people: Any) -> Any:
        """Log it when all is let go that takes long: by now it is allowed and asked for."""
        let_go(people)
        return super().log_deletions(request, people)

    def delete_model(self, request: HttpRequest, person: User) -> None:
        delete_people(User.objects.filter(pk=person.pk))

    def delete_queryset(self, request: HttpRequest, people: QuerySet[User]) -> None:
        delete_people(people)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.password_link)
        return [path("<id>/password-link/", view, name="auth_user_password_link"), *super().get_urls()]

    def password_link(self, request: HttpRequest, id: str) -> HttpResponse:
        """Make a link with which the person sets a new password, and show it this once."""
        person = self.get_object(request, unquote(id))
        if person is None or not self._may_make_link(request, person):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {"opts": self.opts, "original": person}
        context["title"] = _("Link to set a password")
        if request.method == "POST":
            self.log_change(request, person, "Made a link to set a password.")
            context["address"] = absolute(request, link_of(person))
        response = TemplateResponse(request, "admin/auth/user/password_link.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        person = context.get("original")
        context["may_make_link"] = person is not None and self._may_make_link(request, person)
        return super().render_change_form(request, context, *args, **kwargs)

    def _may_make_link(self, request: HttpRequest, person: User) -> bool:
        return self.has_change_permission(request, person) and may_make_link(_asker(request), person)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, "is_superuser")


@admin.register(Group)
class GroupAdmin(WithinOnesOwn, DjangoGroupAdmin):
    pass
