"""How fast small images are served beside another state of the code, in turns: `python -m tests.bench.against
FOLDER`, where FOLDER has that state, as `git archive` gives it, with a .venv.

What one request takes of the processors of all worker processes tells more than requests per second, which
depend on what else the machine does.
"""

import argparse
import os
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench.load import Request, check, hammer
from tests.bench.origin import fill, running_origin
from tests.bench.subjects import Imagelib, file_path, s3_environment

SIZE = 20_000  # bytes
CONNECTIONS = 8
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(application: Imagelib) -> float:
    """Return what the worker processes have taken of the processors."""
    spent = 0.0
    for pid in application.workers:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += (int(facts[11]) + int(facts[12])) / TICK
    return spent


def measure(application: Imagelib, request: Request, seconds: int) -> tuple[float, float]:
    """Return requests per second, and the microseconds of CPU that one takes."""
    before = cpu_seconds(application)
    rate = hammer(request, CONNECTIONS, seconds)
    return rate, 1e6 * (cpu_seconds(application) - before) / (rate * seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    options = parser.parse_args()
    with ExitStack() as on_exit, tempfile.TemporaryDirectory(prefix="imagelib-bench-") as temporary:
        origin = on_exit.enter_context(running_origin(Path(temporary) / "origin"))
        storage = s3_environment(origin, origin.endpoint_url)
        contenders = []
        for name, options_of_code in (("this", {}), ("other", {"code": options.folder.resolve()})):
            library = Imagelib(Path(temporary) / name, **options_of_code, **storage, WEB_CONCURRENCY="1")
            library.launch("--no-samples", "--no-worker")
            on_exit.callback(library.stop)
            library.wait()
            (picture,) = fill(library, Path(temporary) / f"{name}-files", {SIZE: 1})[SIZE]
            request = Request(library.url + file_path(picture), 200, picture.size)
            check(request, picture.digest)
            contenders.append((library, request))
        for contender in contenders:
            measure(*contender, 2)
        ratios = []
        for number in range(options.rounds):
            turns = contenders if number % 2 else contenders[::-1]
            measured = {library: measure(library, request, options.seconds) for library, request in turns}
            (rate, cpu), (former_rate, former_cpu) = (measured[library] for library, _ in contenders)
            ratios.append((rate / former_rate, cpu / former_cpu))
            print(
                f"{rate:.0f} / {former_rate:.0f} a second, {cpu:.0f} / {former_cpu:.0f} us of CPU", flush=True
            )
        rates, cpus = (statistics.median(values) for values in zip(*ratios, strict=True))
        print(f"{rates:.3f} times the requests, {cpus:.3f} times the CPU of each (medians of {len(ratios)})")


if __name__ == "__main__":
    main()
