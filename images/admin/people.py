"""People and groups in the admin: nobody gives more than they have, or reaches an account that may do more.

Django's own admin lets whoever may edit people make themselves superuser, or take over one by a new password.
"""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.http import HttpRequest

from images.accounts.passwords import OthersPasswordForm
from images.accounts.permissions import groups_within, held_by, is_within

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

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, "is_superuser")


@admin.register(Group)
class GroupAdmin(WithinOnesOwn, DjangoGroupAdmin):
    pass
