"""All that the database says of a library, and losing it, or what it learnt since a dump."""

from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from images.catalogue.tags import tag_names
from images.maintenance import manifest
from images.models import Image, Rendition

User = get_user_model()


def lose_the_database() -> None:
    # The sequences stay: pytest-django puts rows back with their ids, and does not advance sequences.
    call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
    assert (Image.objects.count(), User.objects.count(), Group.objects.count()) == (0, 0, 0)


def dump(path: Path) -> None:
    """Write all rows to `path`, which ends in .json."""
    call_command(
        "dumpdata",
        exclude=["contenttypes", "auth.permission"],  # a new database makes them itself
        natural_foreign=True,
        output=path,
        verbosity=0,
    )


def restore_dump(path: Path) -> None:
    """Make the database what it was when `path` was written."""
    lose_the_database()
    call_command("loaddata", path, verbosity=0)


def rows() -> dict:
    """Return all that the database says of images, uploaders and tags by name, renditions included."""
    uploaders = dict(Image.objects.values_list("pk", "uploaded_by__username"))
    renditions = {image_id: set() for image_id in uploaders}
    for image_id, *facts in Rendition.objects.values_list("image", *manifest.RENDITION):
        renditions[image_id].add(tuple(facts))
    tags = {image.pk: tag_names(image) for image in Image.objects.prefetch_related("tags")}
    return {
        row["id"]: row
        | {
            "uploaded_by_id": uploaders[row["id"]],
            "renditions": renditions[row["id"]],
            "tags": tags[row["id"]],
        }
        for row in Image.objects.values()
    }


def persons() -> dict:
    fields = ("first_name", "last_name", "email", "is_active", "is_staff", "is_superuser", "date_joined")
    return {
        user.username: (
            *(getattr(user, field) for field in fields),
            set(user.groups.values_list("name", flat=True)),
            user.get_all_permissions(),
        )
        for user in User.objects.all()
    }


def answers(ids, person: str | None = None) -> dict:
    """Return what the URL of each image answers to this person."""
    client = Client()
    if person:
        client.force_login(User.objects.get(username=person), "django.contrib.auth.backends.ModelBackend")
    said = {}
    for image_id in ids:
        response = client.get(f"/api/v1/images/{image_id}/file")
        headers = [
            response.get(name) for name in ("ETag", "Cache-Control", "Content-Type", "Content-Disposition")
        ]
        said[image_id] = response.status_code, headers, response.getvalue()
    return said
