"""renderimages: make the derived images of the whole library ahead of their first view."""

import os
from typing import Any

from django.core.management.base import CommandParser

from images.management.arguments import count
from images.management.reporting import Problems, ReportingCommand
from images.models import Image
from images.renditions.prerendering import images_outside_trash, prepare_all


class Command(ReportingCommand):
    help = (
        "Make every size that pages and viewers ask for and that is not there yet. Nothing needs this: what "
        "is missing is made when it is first asked for. Run it again after an interruption: it goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tiles", action="store_true", help="the tiles for zooming, too: many and large")
        parser.add_argument(
            "--jobs", type=count, default=os.cpu_count(), metavar="N", help="default: the cores"
        )

    def handle(self, *, tiles: bool, jobs: int, **options: Any) -> None:
        total = Image.objects.filter(deleted_at=None).count()
        images = made = problems = 0
        for outcome in self.track(prepare_all(images_outside_trash(), jobs, tiles), "Looked at", total):
            images, made = images + 1, made + outcome.made
            if outcome.problem:
                problems += 1
                line = f"{outcome.problem}: image {outcome.image_id}"
                self.report(line, problem=outcome.problem, image=outcome.image_id)
        self.summarize(
            f"Made: {made} renditions of {images} images.", made=made, images=images, problems=problems
        )
        if problems:
            raise Problems(f"{problems} images could not be rendered.")
