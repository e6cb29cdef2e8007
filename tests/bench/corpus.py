"""Uploads every file below a folder to the production server and prints what became of them.

`python -m tests.bench.corpus FOLDER`; README.md says where a good folder comes from,
tests/resilience/robustness.py what is promised of every file. Exits with 1 when a promise was not kept.
"""

import argparse
import signal
import statistics
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.bench.memory import memory_of
from tests.bench.table import line
from tests.resilience.robustness import LiveLibrary, Outcome, live_library, peak_memory

THREADS = 2
SAMPLE_SECONDS = 0.2
HEADER = ("Answer", "Files", "Kinds", "Median s", "Slowest s", "Slowest file")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answer", help="also name the files that were answered so, such as 422")
    options = parser.parse_args()
    paths = sorted(path for path in options.folder.rglob("*") if path.is_file())
    if not paths:
        sys.exit(f"There are no files in {options.folder}.")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped then, too
    with (
        tempfile.TemporaryDirectory(prefix="imagelib-bench-") as data_dir,
        live_library(Path(data_dir, "data")) as library,
        watched_memory(library.application.pid) as peaks,
    ):
        outcomes = send_all(library, options.folder, paths)
        faults = library.faults_of_workers()
        workers = max(map(peak_memory, library.workers))
    for row in (HEADER, ["---"] * len(HEADER), *rows(outcomes)):
        print(line(row))
    print(f"\n{len(outcomes)} files; at the most {workers >> 20} MiB in a worker, ", end="")
    print(f"{max(peaks) >> 20} MiB in all of the server's processes together.")
    if options.answer:
        named = [outcome for outcome in outcomes if outcome.answer.startswith(options.answer)]
        print(*(f"{outcome.answer}: {outcome.name}: {outcome.detail}" for outcome in named), sep="\n")
    faults += [
        f"{outcome.name}: {outcome.answer} {fault}" for outcome in outcomes for fault in outcome.faults
    ]
    sys.exit("\n".join(["Promises not kept:", *faults]) if faults else 0)


def send_all(library: LiveLibrary, folder: Path, paths: Iterable[Path]) -> list[Outcome]:
    """Upload the files, as many at a time as there are threads, by their names within `folder`."""

    def send(path: Path) -> Outcome:
        return library.send(str(path.relative_to(folder)), path.read_bytes())

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(send, paths))


def rows(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, ...]]:
    """Yield a row for every kind of answer."""
    by_answer: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_answer[outcome.answer].append(outcome)
    for answer, those in sorted(by_answer.items()):
        slowest = max(those, key=lambda outcome: outcome.seconds)
        kinds = sorted({Path(outcome.name).suffix.lstrip(".") or "none" for outcome in those})
        shown = " ".join(kinds[:6]) + (f" and {len(kinds) - 6} more" if len(kinds) > 6 else "")
        median = statistics.median(outcome.seconds for outcome in those)
        yield answer, str(len(those)), shown, f"{median:.3f}", f"{slowest.seconds:.2f}", slowest.name


@contextmanager
def watched_memory(pid: int) -> Iterator[list[int]]:
    """Collect what all processes of the server take, in bytes, for the length of the block."""
    samples = [memory_of(pid)]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            samples.append(memory_of(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield samples
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    main()
