"""A change of an image, undone by who may do by hand what that does."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from images.catalogue.access import AnyUser, may_delete, may_see, stricter
from images.catalogue.history import TAG, TRASHED, WORDS, State, recorded
from images.catalogue.publishing import Location, show_to
from images.catalogue.tags import change_tags
from images.catalogue.taken import Taken
from images.catalogue.trash import restore, trash
from images.catalogue.undone import Result, later_than, may_put, sort_out
from images.errors import LocationUndecided
from images.models import Change, Image


def undo_image(user: AnyUser, change: Change, action: UUID) -> Result | None:
    """Undo a change of one image; None where the image is not there for `user`."""
    pk = UUID(change.target)
    with transaction.atomic(), recorded(user, [pk], action, {change.target: change.pk}) as there:
        image = Image.objects.filter(pk=pk).first()
        if image is None or not (may_see(user, image) or (image.deleted_at and may_delete(user, image))):
            return None
        back, left = sort_out(change, there[change.target], later_than(change))
        for name in list(back):
            if not may_put(user, image, name):
                left[name] = "permission_denied"
                del back[name]
        left |= _put(image, back, change.after)
    return Result(change, [name for name in back if name not in left], left)


def _put(image: Image, back: State, given: State) -> dict[str, str]:
    """Let `image` say this, and no more what it was `given`; return what it cannot say, and why."""
    fields: list[str] = []
    left: dict[str, str] = {}
    tags = {name: was for name, was in back.items() if name.startswith(TAG)}
    try:  # before the figures of the image are touched
        gone = [given[name] for name, was in tags.items() if not was]
        change_tags(image, add=filter(None, tags.values()), remove=gone)
    except ValidationError:  # it has as many others by now as an image has
        left |= dict.fromkeys(tags, "conflict")
    if back.get(TRASHED) is False:
        restore(image)
    for name in WORDS:
        if name in back:
            setattr(image, name, back[name])
            fields.append(name)
    if "taken" in back:
        fields += _taken(back["taken"]).put(image)
    if "visibility" in back:
        try:
            fields += _show(image, *back["visibility"], is_back=back.get(TRASHED) is False)
        except LocationUndecided:
            left["visibility"] = "location_undecided"
    if fields:
        image.write(*fields)
    if back.get(TRASHED):
        trash(image)
    return left


def _taken(said: list[Any]) -> Taken:
    moment, offset, day, known_from = said
    return Taken(
        moment and datetime.fromisoformat(moment), offset, day and date.fromisoformat(day), known_from
    )


def _show(image: Image, visibility: str, is_kept: bool, *, is_back: bool) -> list[str]:
    """Give `image` a visibility that it had, out of the trash none wider than it has. Raises
    LocationUndecided where it would tell its place, and who published it then did not say so.
    """
    if is_back:
        visibility = stricter(visibility, image.visibility)
    if visibility != image.visibility:
        return show_to(image, visibility, Location.KEEP if is_kept else "")
    image.location_kept = is_kept
    return ["location_kept"]
