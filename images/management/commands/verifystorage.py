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

    def handle(self, *, sample: float, **options: Any) -> None:
        images, renditions = (ceil(model.objects.count() * sample) for model in (Image, Rendition))
        whole, problems = 0, Counter[Problem]()
        for finding in self.track(find_problems(images), "Verified", images + renditions):
            if not finding.problem:
                whole += 1
                continue
            problems[finding.problem] += 1
            self.report(str(finding), problem=finding.problem, key=finding.key, image=finding.image_id)
        found = ", ".join(f"{count} {problem}" for problem, count in sorted(problems.items()))
        self.summarize(f"Whole: {whole}. Problems: {found or 'none'}.", whole=whole, problems=problems)
        if problems:
            raise Problems(f"{problems.total()} found.")
