"""reinspectimages: read images anew that an earlier version read."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from images.maintenance.outdated import count_problems, find_outdated, outdated
from images.management.arguments import duration
from images.management.reporting import Problems, ReportingCommand


class Command(ReportingCommand):
    help = (
        "Bring the rows of images up to date with what this version reads in their files, where an earlier "
        "one read them or somebody asked for it in the admin. Each is read once, whatever comes of it: what "
        "could not be read is named, and listed in the admin. The next run goes on where this one ends."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--longest", type=duration, default=timedelta(days=365), metavar="1h", help="end after this time"
        )

    def handle(self, *, longest: timedelta, **options: Any) -> None:
        inspected, updated, problems, fields = 0, 0, 0, Counter[str]()
        for finding in self.track(find_outdated(longest), "Inspected", outdated()):
            inspected += 1
            updated += bool(finding.updated.fields)
            fields.update(finding.updated.fields)
            if finding.problem or finding.updated.says_where:
                problems += 1
                self.report(str(finding), key=finding.key, image=finding.image_id, problem=finding.problem)
        left, known = outdated(), count_problems()
        self.summarize(
            f"Inspected: {inspected}. Brought up to date: {updated}{_named(fields)}. To be inspected: {left}."
            + (f" In the admin under Inspection problems: {_counted(known)}." if known else ""),
            inspected=inspected,
            updated=updated,
            fields=fields,
            left=left,
            problems=known,
        )
        if problems:
            raise Problems(f"{problems} found.")


def _named(fields: Counter[str]) -> str:
    return f" ({', '.join(f'{field} {count}' for field, count in sorted(fields.items()))})" if fields else ""


def _counted(problems: Counter[str]) -> str:
    return ", ".join(f"{count} {problem}" for problem, count in problems.items())
