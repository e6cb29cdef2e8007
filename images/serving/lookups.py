"""What a request for bytes asks for: found by compiled queries when anyone sees it, else for who asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers

from images.accounts.authentication import resolve_user
from images.catalogue.access import open_images, visible_images
from images.models import Image
from images.renditions.stored import StoredRendition, rendition_filename
from images.serving.remembered import Remembered

# What serving a file needs of its row. None of it is converted between database and model.
SERVED = ("id", "hash", "mime_type", "size", "width", "height", "filename", "visibility", "deleted_at")


@dataclass(frozen=True)
class CompiledQuery:
    """A query whose SQL is made once per process: to make it takes longer than all the rest of answering.

    `build` returns the queryset for the values that change from request to request; `samples` are such
    values, found again among the parameters of the SQL, so none of them may stand for anything else there.
    """

    build: Callable[..., QuerySet[Image, tuple[Any, ...]]]
    samples: tuple[UUID | str, ...]

    def fetch(self, *values: UUID | str) -> tuple[Any, ...] | None:
        """Return the first row for these values, as the database has it; None when there is none. While the
        database does not answer, it is the row that this process got last, at most a minute ago.
        """
        asked = time.monotonic()
        try:
            row = self._ask(*values)
        except OperationalError:
            if remembered := self._rows.get(values):
                return remembered
            raise
        self._rows.keep(values, row, asked)
        return row

    @cached_property
    def _rows(self) -> Remembered:
        return Remembered()

    def _ask(self, *values: UUID | str) -> tuple[Any, ...] | None:
        sql, params, positions = self._compiled
        given = [*params]
        for position, value in zip(positions, values, strict=True):
            given[position] = _prepared(value)
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...], list[int]]:
        """The SQL, its parameters, and the places of the samples among them."""
        sql, params = self.build(*self.samples).order_by().query.sql_with_params()
        return sql, params, [params.index(_prepared(sample)) for sample in self.samples]


def _prepared(value: UUID | str) -> Any:
    """Return `value` as the database takes it."""
    return Image._meta.pk.get_db_prep_value(value, connection) if isinstance(value, UUID) else value


def _open_image(image_id: UUID) -> QuerySet[Image, tuple[Any, ...]]:
    return open_images().filter(pk=image_id).values_list(*SERVED)


def _open_rendition(image_id: UUID, spec: str) -> QuerySet[Image, tuple[Any, ...]]:
    facts = ("renditions__hash", "renditions__mime_type", "renditions__size", "filename", "visibility")
    return open_images().filter(pk=image_id, renditions__spec=spec).values_list(*facts)


OPEN_IMAGE = CompiledQuery(_open_image, (UUID(int=0),))
OPEN_RENDITION = CompiledQuery(_open_rendition, (UUID(int=0), "a spec"))


def find_open_image(image_id: UUID) -> Image | None:
    """Return the image, its SERVED fields loaded, if anyone sees it."""
    row = OPEN_IMAGE.fetch(image_id)
    return Image.from_db(connection.alias, SERVED, (image_id, *row[1:])) if row else None


def find_open_rendition(image_id: UUID, spec: str) -> StoredRendition | None:
    """Return the rendition that is stored of the canonical `spec`, if anyone sees its image."""
    if "/" not in spec or "\0" in spec:  # no address of one; and PostgreSQL makes an error of the other
        return None
    row = OPEN_RENDITION.fetch(image_id, spec)
    if row is None:
        return None
    digest, mime_type, size, filename, visibility = row
    name = rendition_filename(filename, spec)
    return StoredRendition(image_id, spec, digest, mime_type, size, name, visibility)


@dataclass(frozen=True)
class Found:
    """An image, and whether it was found for this caller only, so that the answer is personal."""

    image: Image
    is_personal: bool

    def varied(self, response: HttpResponseBase) -> HttpResponseBase:
        """Say of a personal answer that another caller may get another."""
        if self.is_personal:
            patch_vary_headers(response, ("Cookie", "Authorization"))
        return response


def find_image(request: HttpRequest, image_id: UUID) -> Found:
    """Return the image for whoever sent `request`. Raises Http404 when it is not for them."""
    image = find_open_image(image_id)
    if image:  # no session, no cookie, no user: one answer for everyone
        return Found(image, is_personal=False)
    visible = visible_images(resolve_user(request))
    return Found(get_object_or_404(visible, pk=image_id), is_personal=True)
