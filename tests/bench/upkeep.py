"""What commands on the whole library take at two sizes: `python -m tests.bench.upkeep`.

Each runs in a process of its own on a library of rows (population.py) and a store that is imagined: it
lists what the rows refer to, reads an original as the text that its digest is of, and keeps manifests
alone. Nothing is decoded or drawn, so these are figures of the commands and the database: seconds, and
the most memory of each, at a tenth of --rows and at --rows. With more than 1.3 times the memory it ends
with 1.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import BASE_DIR
from tests.bench.libraries import databases, say
from tests.bench.table import line

COMMANDS = {
    "backuplibrary": ["backuplibrary"],
    "prunestorage": ["prunestorage"],
    "verifystorage": ["verifystorage", "--sample", "2%"],
    "renderimages": ["renderimages", "--jobs", "1"],
    "restorelibrary": ["restorelibrary", "--merge"],  # of what is there
    "recountfigures": ["recountfigures"],
}
GROWN = 1.3  # times the memory at ten times the rows
HEADER = ("Command", "Rows", "Seconds", "Memory, MB", "Mark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path, help="where filled libraries are kept (default: nowhere)")
    parser.add_argument("--only", choices=COMMANDS, action="append", help="default: all")
    parser.add_argument("--child", choices=("fill", *COMMANDS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        work(options.child, options.rows)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is stopped and removed then, too
    print(line(HEADER), line(["---"] * len(HEADER)), sep="\n")
    is_flat, least = True, dict[str, float]()
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        with databases(options.database, folder) as url_of:
            for count in (options.rows // 10, options.rows):
                in_child("fill", count, folder, url_of(count))
                for name in options.only or COMMANDS:
                    figures = in_child(name, count, folder, url_of(count))
                    has_grown = figures["memory"] > GROWN * least.setdefault(name, figures["memory"])
                    is_flat &= not has_grown and not figures["code"]
                    marks = ["grows"] * has_grown + [f"ended with {figures['code']}"] * bool(figures["code"])
                    numbers = f"{figures['seconds']:.1f}", f"{figures['memory']:.0f}"
                    print(line((name, f"{count:,}", *numbers, ", ".join(marks))), flush=True)
    sys.exit(0 if is_flat else 1)


def in_child(work: str, count: int, folder: Path, url: str) -> dict[str, Any]:
    """Return the figures of a process of its own."""
    data = folder / str(count)
    data.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.bench.upkeep", f"--child={work}", f"--rows={count}"]
    environment = os.environ | {
        "IMAGELIB_DATA_DIR": str(data),
        "DATABASE_URL": url,
        "IMAGELIB_STORAGE": "local",
    }
    child = subprocess.run(command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(child.stdout.splitlines()[-1])


def work(name: str, count: int) -> None:
    """Fill the library unless it is, or run a command on it; print what that took as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import CommandError, call_command

    from tests.bench import population
    from tests.bench.imagined_store import imagine

    started, code = time.monotonic(), 0
    filled = settings.IMAGELIB_DATA_DIR / "filled"
    if name == "fill" and not filled.exists():
        call_command("migrate", interactive=False, verbosity=0)
        population.fill(count, population.people([]), true_sizes=True)
        filled.touch()
        say(f"{count:,} images in {time.monotonic() - started:.0f} s")
    elif name != "fill":
        imagine(settings.IMAGELIB_DATA_DIR / "manifests")
        try:
            call_command(*COMMANDS[name], stdout=sys.stderr)
        except CommandError as error:
            say(str(error))
            code = error.returncode
    seconds, memory = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "memory": memory, "code": code}))


if __name__ == "__main__":
    main()
