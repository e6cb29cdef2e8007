"""What a person may do, asked of the database at once, and whether another may do more."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest

CACHE = "_perm_cache"  # where Django's backend keeps them


class PermissionsAtOnce:
    """Comes before Django's backend, which would take two queries and finds them kept then. Who people
    are it says alone: sessions name it.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Sign nobody in."""

    def has_perm(self, user: User | AnonymousUser, permission: str, obj: Any = None) -> bool:
        """Whether `user`, who is no superuser, has the permission of itself or of a group."""
        if not (user.is_authenticated and user.is_active) or obj is not None:
            return False
        if CACHE not in vars(user):
            own = User.user_permissions.through.objects.filter(user=user).values("permission")
            of_groups = Group.permissions.through.objects.filter(group__user=user).values("permission")
            found = Permission.objects.filter(Q(pk__in=own) | Q(pk__in=of_groups)).order_by()
            names = found.values_list("content_type__app_label", "codename")
            vars(user)[CACHE] = {f"{label}.{codename}" for label, codename in names}
        return permission in vars(user)[CACHE]


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


def groups_within(user: User) -> QuerySet[Group]:
    """Return the groups that `user` may put people into: of those who may do all that the group may."""
    if user.is_superuser:
        return Group.objects.all()
    return Group.objects.exclude(permissions__in=Permission.objects.exclude(pk__in=held_by(user)))
