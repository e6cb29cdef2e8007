"""Favourites: each person's own, which nobody else is told."""

from collections.abc import Collection
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from images.catalogue.access import AnyUser
from images.models import Favourite, Image

Row = TypeVar("Row", bound=Model)


def favour(user: AnyUser, images: Collection[Image]) -> None:
    """Have the locked `images` among the favourites of a person who sees them; nobody has any."""
    if user.is_authenticated:
        rows = [Favourite(user=user, image=image) for image in images]
        Favourite.objects.bulk_create(rows, ignore_conflicts=True)


def unfavour(user: AnyUser, images: Collection[Image]) -> None:
    """Have `images` among them no more."""
    favourites_of(user).filter(image__in=[image.pk for image in images]).delete()


def favourites_of(user: AnyUser) -> QuerySet[Favourite]:
    """Return the favourites of `user`, the newest first."""
    own = Favourite.objects.filter(user=user.pk) if user.is_authenticated else Favourite.objects.none()
    return own.order_by("-created_at", "-pk")


def marked(rows: QuerySet[Row, Row], user: AnyUser, image: str = "pk") -> QuerySet[Row, Row]:
    """Return `rows`, read with whether their `image` is a favourite of `user`: see `is_favourite`."""
    if not user.is_authenticated:
        return rows
    own = favourites_of(user).order_by().filter(image=OuterRef(image))
    return rows.annotate(is_favourite=Exists(own))  # type: ignore[return-value]  # which has one attribute more


def is_favourite(user: AnyUser, image: Image) -> bool:
    """Whether `image` is a favourite of `user`. A list of images has been read with it."""
    if not hasattr(image, "is_favourite"):
        image.is_favourite = favourites_of(user).filter(image=image).exists()  # type: ignore[attr-defined]
    return bool(image.is_favourite)  # type: ignore[attr-defined]
