"""What lists cost at a thousand and at a million images: `python -m tests.bench.scale`.

Fills a library of 1,000 images and one of --rows, asks both in turns every page, filter, order, search and
view of the admin, as a superuser, a member without `view_image` and nobody, and prints queries, time in the
database and CPU: of this process and of PostgreSQL's. Marked are an answer that is none, more than 8 queries,
50 ms in the database and 1.5 times the CPU (unless there is more to show). What docs/speed.md gives a reason
for is marked in brackets; with any other mark it ends with 1.

With --folder the filled libraries are kept there, and asked again without being filled the next time.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests import BASE_DIR
from tests.bench.libraries import child, databases, say, set_up
from tests.bench.questions import questions
from tests.bench.table import line

SMALL = 1_000
ROUNDS = 4  # each is asked so often, and as often again where it is marked
MAX_QUERIES, MAX_MILLISECONDS, MAX_RATIO = 8, 50, 1.5
FULLER = 1.2  # times the bytes: a page that shows more rows takes longer to write
NOISE = 3.0  # milliseconds of CPU by which two sizes may differ whatever their ratio
HEADER = ("Asked", "By", "Queries", "ms in the database", "CPU ms", "CPU ms, small", "Ratio", "Mark")
REASONS = BASE_DIR / "docs/speed.md"

Costs = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path, help="where filled libraries are kept (default: nowhere)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only addresses that have it")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        answer(options.rows)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is stopped and removed then, too
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        with (
            databases(options.database, folder) as url_of,
            child("scale", SMALL, folder, url_of(SMALL)) as small,
            child("scale", options.rows, folder, url_of(options.rows)) as large,
        ):
            is_fine = report(compared(small, large, options.only), reasons(options.database))
            for library in (small, large):
                library.stdin.close()
    sys.exit(0 if is_fine else 1)


def answer(count: int) -> None:
    """Ask a library of `count` images what lines of standard input say, and print the costs as lines."""
    set_up(count)
    from tests.bench.costs import Asker

    asker = Asker()
    for asked in sys.stdin:
        print(json.dumps(asker.costs(*json.loads(asked))), flush=True)


def compared(small: Any, large: Any, only: str) -> Iterator[tuple[str, str, Costs, Costs]]:
    """Yield what is asked, by whom, and the costs in the small library and in the large one."""
    for question in questions():
        for person in question.people if only in question.path else ():
            asked = json.dumps((question.path, person))
            several = [[costs(library, asked) for library in (small, large)] for _ in range(ROUNDS)]
            if any(marks(*map(least, reversed(list(zip(*several, strict=True)))))):  # or was it another?
                several += [[costs(library, asked) for library in (small, large)] for _ in range(ROUNDS)]
            of_small, of_large = map(least, zip(*several, strict=True))
            say(f"{question.path} {person} {of_large}")
            yield question.path, person, of_small, of_large


def costs(library: Any, asked: str) -> Costs:
    """Return what it costs a library that runs as a child."""
    library.stdin.write(f"{asked}\n")
    library.stdin.flush()
    return json.loads(library.stdout.readline())


def least(several: tuple[Costs, ...]) -> Costs:
    return several[-1] | {name: min(each[name] for each in several) for name in ("cpu", "database")}


def reasons(database: str) -> dict[str, set[str]]:
    """Return by patterns of addresses the marks that the documentation gives a reason for."""
    found: dict[str, set[str]] = {}
    for row in REASONS.read_text().splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in row.strip("|").split(" | ")]
        if len(cells) == 4 and cells[0].startswith("`/") and cells[1].lower() in (database, "both"):
            found.setdefault(cells[0].strip("`"), set()).update(cells[2].split(", "))
    return found


def report(figures: Iterator[tuple[str, str, Costs, Costs]], known: dict[str, set[str]]) -> bool:
    """Print the table; return whether nothing is marked that has no reason."""
    print(line(HEADER), line(["---"] * len(HEADER)), sep="\n")
    rows = marked = unknown = 0
    for path, person, small, large in figures:
        told = set().union(*(those for pattern, those in known.items() if fnmatchcase(path, pattern)))
        found = [each for each in marks(large, small) if each != "queries" or not path.startswith("POST")]
        rows, marked, unknown = rows + 1, marked + bool(found), unknown + bool(set(found) - told)
        mark = ", ".join(f"({each})" if each in told else each for each in found)
        ratio = large["cpu"] / small["cpu"]
        times = (f"{large['database']:.1f}", f"{large['cpu']:.1f}", f"{small['cpu']:.1f}", f"{ratio:.2f}")
        print(
            line((f"`{path}`".replace("|", "\\|"), person, str(large["queries"]), *times, mark)), flush=True
        )
    print(f"\n{marked} of {rows} are marked, {unknown} of them without a reason.")
    return not unknown


def marks(costs: dict[str, Any], small: dict[str, Any]) -> Iterator[str]:
    """Yield what is too much of these costs."""
    if costs["status"] != 200:
        yield str(costs["status"])
    if costs["queries"] > MAX_QUERIES:
        yield "queries"
    if costs["database"] > MAX_MILLISECONDS:
        yield "database"
    is_fuller = costs["bytes"] > FULLER * small["bytes"]
    if not is_fuller and costs["cpu"] > max(MAX_RATIO * small["cpu"], small["cpu"] + NOISE):
        yield "ratio"


if __name__ == "__main__":
    main()
