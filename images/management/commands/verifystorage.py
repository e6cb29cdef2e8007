"""verifystorage: compare every object with its row and every row with its object."""

from collections import Counter
from math import ceil
from typing import Any

from django.core.management.base import CommandParser

from images.maintenance.verification import Problem, find_problems
from images.management.arguments import count, share
from images.management.reporting import Problems, ReportingCommand
from images.models import Image, Rendition


class Command(ReportingCommand):
    help = (
        "Read every image, rendition and manifest from the store, and name what is missing, damaged, or "
        "referred to by no row. Images unverified for longest come first, so an interrupted run goes on "
        "where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sample", type=share, default=1.0, metavar="5%", help="a part of the images (default: all)"
        )
        parser.add_argument("--most", type=count, metavar="N", help="of a sample, so many images at most")
        parser.add_argument(
            "--damage",
            action="store_true",
            help="end with 1 only for originals and backups that are lost; all else is named",
        )
        parser.add_argument(
            "--reinspect",
            action="store_true",
            help="bring the rows of images up to date with what today's inspection tells of their files; "
            "renditions of another geometry are made again when they are asked for",
        )

    def handle(
        self, *, sample: float, most: int | None, damage: bool, reinspect: bool, **options: Any
    ) -> None:
        images, renditions = (ceil(model.objects.count() * sample) for model in (Image, Rendition))
        if most and most < images:
            images, renditions = most, ceil(renditions * most / images)
        whole, lost, updated, say_where = 0, 0, 0, 0
        problems, fields = Counter[Problem](), Counter[str]()
        for finding in self.track(find_problems(images, reinspect), "Verified", images + renditions):
            facts = {"key": finding.key, "image": finding.image_id}
            if finding.problem:
                problems[finding.problem] += 1
                lost += finding.is_damage
                self.report(str(finding), problem=finding.problem, **facts)
                continue
            whole += 1
            found = finding.updated
            updated, say_where = updated + bool(found.fields), say_where + found.says_where
            fields.update(found.fields)
            if any(found):
                self.report(str(finding), updated=found.fields, says_where=found.says_where, **facts)
        line = f"Whole: {whole}. Problems: {_counted(problems) or 'none'}."
        counts: dict[str, Any] = {"whole": whole, "problems": problems, "damaged": lost}
        if reinspect:
            line += f" Brought up to date: {updated}" + (f" ({_named(fields)})." if fields else ".")
            line += _warning(say_where)
            counts |= {"updated": updated, "fields": fields, "say_where": say_where}
        self.summarize(line, **counts)
        if lost or (problems and not damage):
            raise Problems(f"{lost if damage else problems.total()} found.")


def _counted(problems: Counter[Problem]) -> str:
    return ", ".join(f"{count} {problem}" for problem, count in sorted(problems.items()))


def _named(fields: Counter[str]) -> str:
    return ", ".join(f"{field} {count}" for field, count in sorted(fields.items()))


def _warning(say_where: int) -> str:
    """Return the line on public images that say where they were taken, with what to do."""
    if not say_where:
        return ""
    one = "1 public image says where it was taken"
    said = one if say_where == 1 else f"{say_where} public images say where they were taken"
    return (
        f"\n{said}, and nobody said to publish that. On their pages they can be made private, and then be "
        "published as they are or as a copy without it."
    )
