"""People and groups of a manifest."""

from typing import IO, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from images.maintenance.manifest import PERSON
from images.maintenance.manifest_form import entries


def restore_groups(file: IO[bytes], only_new: bool) -> None:
    """Restore groups with what they may: those that are there too, unless `only_new`."""
    for entry in entries(file, "group"):
        group, is_new = Group.objects.get_or_create(name=entry["name"])
        if is_new or not only_new:
            group.permissions.set(_permissions(entry))


def restore_people(file: IO[bytes]) -> int:
    """Restore the people who are not there, and need new passwords; return their number."""
    return sum(_restore(entry) for entry in entries(file, "user"))


def _restore(entry: dict[str, Any]) -> bool:
    User = get_user_model()
    if User.objects.filter(username=entry["username"]).exists():
        return False
    fields = [field for field in User._meta.concrete_fields if field.name in PERSON]
    user = User(**{field.name: field.to_python(entry[field.name]) for field in fields})
    user.set_unusable_password()
    with transaction.atomic():
        user.save()
        user.groups.set(Group.objects.filter(name__in=entry["groups"]))
        user.user_permissions.set(_permissions(entry))
    return True


def _permissions(entry: dict[str, Any]) -> list[Permission]:
    wanted = Q(pk__in=[])
    for name in entry["permissions"]:
        app, _, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted))
