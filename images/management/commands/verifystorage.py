"""verifystorage: compare every object with its row and every row with its object."""

from collections import Counter
from math import ceil
from typing import Any

from django.core.management.base import CommandParser

from images.maintenance.verification import Problem, find_problems
from images.management.arguments import share
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
        parser.add_argument(
            "--reinspect",
            action="store_true",
            help="bring the rows of images up to date with what today's inspection tells of their files; "
            "renditions of another geometry are made again when they are asked for",
        )

    def handle(self, *, sample: float, reinspect: bool, **options: Any) -> None:
        images, renditions = (ceil(model.objects.count() * sample) for model in (Image, Rendition))
        whole, updated, problems = 0, 0, Counter[Problem]()
        for finding in self.track(find_problems(images, reinspect), "Verified", images + renditions):
            facts = {"key": finding.key, "image": finding.image_id}
            if finding.problem:
                problems[finding.problem] += 1
                self.report(str(finding), problem=finding.problem, **facts)
                continue
            whole += 1
            if finding.updated:
                updated += 1
                self.report(str(finding), updated=finding.updated, **facts)
        found = ", ".join(f"{count} {problem}" for problem, count in sorted(problems.items()))
        line, counts = f"Whole: {whole}. Problems: {found or 'none'}.", {"whole": whole, "problems": problems}
        if reinspect:
            line, counts = f"{line} Brought up to date: {updated}.", counts | {"updated": updated}
        self.summarize(line, **counts)
        if problems:
            raise Problems(f"{problems.total()} found.")
