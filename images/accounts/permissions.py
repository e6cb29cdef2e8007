"""What a person may do, asked of the database at once."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db.models import Q
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
