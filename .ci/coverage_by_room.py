"""Prints how much of each room the tests ran, lines and branches; fails below the floor of pyproject.toml."""

import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path, PurePath

from coverage import Coverage

COUNTS = ("num_statements", "missing_lines", "num_branches", "missing_branches")


def main() -> None:
    coverage = Coverage()
    coverage.combine(keep=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        total = coverage.json_report(outfile=str(report))
        files = json.loads(report.read_text())["files"]
    rooms = defaultdict(lambda: [0] * len(COUNTS))
    for path, measured in files.items():
        counts = [measured["summary"][name] for name in COUNTS]
        for room in (room_of(PurePath(path)), "all"):
            rooms[room] = [sum(pair) for pair in zip(rooms[room], counts, strict=True)]

    print(f"{'':24}{'lines':>8}{'missed':>8}{'branches':>10}{'missed':>8}{'%':>8}")
    for room in sorted(rooms, key=lambda room: (room == "all", room)):
        lines, lines_missed, branches, branches_missed = rooms[room]
        share = 100 * (1 - (lines_missed + branches_missed) / (lines + branches))
        print(f"{room:24}{lines:8}{lines_missed:8}{branches:10}{branches_missed:8}{share:8.1f}")

    floor = coverage.get_option("report:fail_under")
    if total < floor:
        sys.exit(f"{total:.1f} % is below the floor of {floor} %.")


def room_of(path: PurePath) -> str:
    """Return the folder of a module; below it there are no rooms."""
    return "/".join(path.parts[:2]) if len(path.parts) > 2 else path.parts[0]


if __name__ == "__main__":
    main()
