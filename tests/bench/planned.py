"""What it takes to find the images of a download: `python -m tests.bench.planned`.

In a library of --rows, each search of questions.py and no search at all, by a superuser, a member and nobody:
what is needed of up to 50,000 images. Printed are those that took the most seconds; with one that the
deadline of a download ends, it ends with 1.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.libraries import databases, in_child, set_up
from tests.bench.questions import EVERYONE, NOBODY, SEARCHES
from tests.bench.table import line

WORST = 12  # of the downloads that are printed
HEADER = ("Seconds", "By", "Images", "Search")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path, help="where the filled library is kept (default: nowhere)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        measure(options.rows)
        return
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        with databases(options.database, folder) as url_of:
            found = in_child("planned", options.rows, folder, url_of(options.rows))
    print(line(HEADER), line(["---"] * len(HEADER)), sep="\n")
    for seconds, *told in found[:WORST]:
        print(line((f"{seconds:.2f}", *(str(each).replace("|", "\\|") for each in told))))
    print(f"\n{len(found)} downloads; in half of them {found[len(found) // 2][0]:.2f} s or less.")
    sys.exit(any(told[2] == "too long" for told in found))


def measure(rows: int) -> None:
    """Print as JSON what took how long, the longest first."""
    set_up(rows)
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import AnonymousUser
    from django.http import QueryDict

    from images.catalogue.search import ImageFilter
    from images.concurrency.deadlines import query_deadline
    from images.errors import Busy, InvalidParameter
    from images.serving.archives import DEADLINE, FIELDS, MOST, originals

    found = []
    for name in EVERYONE:
        for search in ("", *SEARCHES):
            user = AnonymousUser() if name == NOBODY else get_user_model().objects.get(username=name)
            asked = QueryDict(mutable=True)
            asked["search"] = search
            filters = ImageFilter(asked)
            assert filters.is_valid(), search
            began = time.monotonic()
            try:
                with query_deadline(DEADLINE):
                    values = filters.images(user).values(MOST, *FIELDS, is_patient=True)
                told = len(originals(values))
            except InvalidParameter:
                told = "none" if values == [] else f"more than {MOST}"
            except Busy:
                told = "too long"
            found.append((time.monotonic() - began, name, told, search))
    print(json.dumps(sorted(found, reverse=True)))


if __name__ == "__main__":
    main()
