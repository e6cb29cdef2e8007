"""Changes of images, undone by who may do by hand what that does, of many in few statements."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from images.catalogue.access import AnyUser, may_delete, may_see, stricter
from images.catalogue.history import TAG, TRASHED, WORDS, State, recorded
from images.catalogue.publishing import Location, show_to
from images.catalogue.tags import Retagging, retag
from images.catalogue.taken import Taken
from images.catalogue.trash import put_away, taken_out
from images.catalogue.undone import Result, in_force_of, may_put, sort_out
from images.errors import LocationUndecided
from images.models import Change, Image
from images.models.many import write_all


class _Step(NamedTuple):
    """What is to go back of an image, with what it goes back to, and why the rest does not."""

    image: Image
    back: State
    left: dict[str, str]


def undo_images(user: AnyUser, changes: Sequence[Change], action: UUID) -> list[Result]:
    """Undo changes, each of another image and each for itself, in one transaction. What has no result is of
    an image that is not there for `user`.
    """
    ids = [UUID(change.target) for change in changes]
    with transaction.atomic(), recorded(user, ids, action, {of.target: of.pk for of in changes}) as there:
        images = {str(image.pk): image for image in Image.objects.filter(pk__in=ids).defer("search_text")}
        changes = [change for change in changes if _is_there(user, images.get(change.target))]
        if not changes:
            return []
        names, steps = in_force_of(changes), list[_Step]()
        for change in changes:
            image = images[change.target]
            back, left = sort_out(change, there[change.target], names[change.pk])
            denied = [name for name in back if not may_put(user, image, name)]
            left |= dict.fromkeys(denied, "permission_denied")
            steps.append(_Step(image, {name: back[name] for name in back if name not in denied}, left))
        _put(steps)
    return [
        Result(change, [name for name in step.back if name not in step.left], step.left)
        for change, step in zip(changes, steps, strict=True)
    ]


def _is_there(user: AnyUser, image: Image | None) -> bool:
    return bool(image and (may_see(user, image) or (image.deleted_at and may_delete(user, image))))


def _put(steps: Sequence[_Step]) -> None:
    """Let the images, whose rows are locked, say what is to go back, and note what they cannot say."""
    wanted = [_retagging(step) for step in steps]
    if any(of.add or of.remove for of in wanted):  # before the figures of an image are touched
        refused = retag(wanted)  # these have as many others by now as an image has
        for step in steps:
            if step.image.pk in refused:
                step.left.update({name: "conflict" for name in step.back if name.startswith(TAG)})
    said, fields = list[Image](), set[str]()
    for step in steps:
        if changed := _say(step):
            said.append(step.image)
            fields.update(changed)
    write_all(said, *sorted(fields))


def _retagging(step: _Step) -> Retagging:
    tags = {name.removeprefix(TAG): was for name, was in step.back.items() if name.startswith(TAG)}
    return Retagging(
        step.image, {key: was for key, was in tags.items() if was}, {k for k in tags if not tags[k]}
    )


def _say(step: _Step) -> list[str]:
    """Let the row say what goes back, but for its tags; return the names of the fields, for write_all."""
    image, back, left = step
    fields = taken_out(image)[0] if back.get(TRASHED) is False else []
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
    return fields + put_away(image) if back.get(TRASHED) else fields


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
