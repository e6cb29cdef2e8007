"""People and groups in the admin: nobody gives more than they have, or reaches an account that may do more.

Django's own admin lets whoever may edit people make themselves superuser, or take over one by a new password.
"""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from images.accounts.passwords import OthersPasswordForm

admin.site.unregister([User, Group])


def held_by(someone: User | Group) -> QuerySet[Permission]:
    """Return what a group, or a person by themselves and their groups, may do; of an account that is not
    active, what it could do. Superusers hold all, whatever was written down for them.
    """
    if isinstance(someone, Group):
        return Permission.objects.filter(group=someone)
    if someone.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=someone) | Q(group__user=someone)).distinct()


def is_within(someone: User | Group, user: User) -> bool:
    """Whether `user` may do all that `someone` may, and so gains nothing by having their way with them."""
    if user.is_superuser:
        return True
    is_superuser = isinstance(someone, User) and someone.is_superuser
    return not is_superuser and not held_by(someone).exclude(pk__in=held_by(user)).exists()


class WithinOnesOwn(admin.ModelAdmin):
    """Changes and deletes what is within one's own permissions, and offers only what is."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or is_within(obj, _asker(request)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or is_within(obj, _asker(request)))

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        own = held_by(_asker(request))
        if db_field.related_model is Permission:
            kwargs["queryset"] = own
        elif db_field.related_model is Group:
            others = Permission.objects.exclude(pk__in=own)
            kwargs["queryset"] = Group.objects.exclude(permissions__in=others)
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
