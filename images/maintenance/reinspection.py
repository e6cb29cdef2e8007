"""Brings a row up to date with what inspection tells of its file today."""

from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from images.catalogue.history import recorded
from images.catalogue.publishing import is_undecided
from images.catalogue.tags import set_tags, tag_names
from images.catalogue.taken import SAID_BY_PEOPLE, Taken
from images.imaging.inspection import INSPECTION_VERSION, ImageFacts
from images.ingest.words import taken_of, words_of
from images.models import Image, InspectionProblem

GEOMETRY = {"width", "height"}  # what renditions are drawn by


class Updated(NamedTuple):
    """The fields of a row that said otherwise than its file, and whether the image tells everyone where it
    was taken though nobody said to.
    """

    fields: tuple[str, ...] = ()
    says_where: bool = False


UNCHANGED = Updated()


def bring_up_to_date(image_id: UUID, facts: ImageFacts) -> Updated:
    """Write into the row what `facts` say otherwise; of what people said, nothing.

    Renditions of another geometry go: they are drawn again when they are asked for, and prunestorage deletes
    their objects. An image that was purged meanwhile stays so.
    """
    with transaction.atomic():
        image = Image.objects.select_for_update().filter(pk=image_id).first()
        if image is None:
            return UNCHANGED
        found = _said_of(image, facts)
        with recorded(None, [image_id]):
            changed = {"tags"} if set_tags(image, found.pop("tags")) else set()
            for name, fact in found.items():
                if fact != getattr(image, name):
                    setattr(image, name, fact)
                    changed.add(name)
            if changed:
                image.write(*changed - {"tags"})
        if GEOMETRY & changed:
            image.renditions.all().delete()
        image.has_location = facts.has_location
    return Updated(tuple(sorted(changed)), image.deleted_at is None and is_undecided(image))


def note_inspection(
    image_id: UUID, problem: InspectionProblem.Problem | None, updated: Updated, **others: Any
) -> None:
    """Write into the row that it was inspected by this version, and `others`; and into one beside it what was
    the matter, if anything. An image that was purged meanwhile stays so.
    """
    problem = problem or (InspectionProblem.Problem.SAYS_WHERE if updated.says_where else None)
    noted = InspectionProblem.objects.filter(image=image_id)
    with transaction.atomic():
        rows = Image.objects.filter(pk=image_id)
        is_there = rows.update(inspection_version=INSPECTION_VERSION, **others)
        if problem and is_there:
            InspectionProblem.objects.update_or_create(image_id=image_id, defaults={"problem": problem})
        else:
            noted.delete()


def _said_of(image: Image, facts: ImageFacts) -> dict[str, Any]:
    """Return the fields of the row that today's `facts` decide, and the names of its tags.

    A stripped file says nothing any more: of what was read of the file as it was sent, all stays. Words fill
    what is empty, unless the row knew such a word before: then a person emptied it.
    """
    is_stripped = bool(image.source_hash or image.derived_from_id)
    metadata = {**image.metadata, **facts.metadata} if is_stripped else facts.metadata
    before, now = words_of(image.metadata), words_of(metadata)
    there = {name: getattr(image, name) for name in now.keys() - {"tags"}} | {"tags": tag_names(image)}
    words = {name: word for name, word in now.items() if not (before[name] or there[name])}
    if image.decorative:
        words.pop("alt_text", None)
    taken = taken_of(facts, image.filename)
    is_read_before = is_stripped and image.taken_from == Image.TakenFrom.FILE
    if image.taken_from in SAID_BY_PEOPLE or is_read_before:
        taken = Taken.of(image)
    return {**vars(facts), "metadata": metadata, "tags": there["tags"], **words, **taken._asdict()}
