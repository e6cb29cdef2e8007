"""How fast imagelib serves, as ratios to the former design and to nginx: see README.md beside this file."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench.load import check
from tests.bench.origin import fill, running_origin, watched
from tests.bench.subjects import PEERS_PYTHON, Imagelib, former_design, nginx_static, s3_environment
from tests.bench.table import HEADER, line, rows, run
from tests.bench.workloads import FULL, QUICK, WORKLOADS, Bench, Scale, Trio, whole
from tests.liveserver import running
from tests.servers import find_program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see in half a minute that everything runs")
    parser.add_argument("--only", action="append", choices=WORKLOADS, help="this workload (may be repeated)")
    parser.add_argument("--rounds", type=int, help="how often everything is measured")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    for program in ("wrk", "nginx", "weed", PEERS_PYTHON):
        if not find_program(str(program)):
            sys.exit(f"{program} is missing: see tests/bench/README.md.")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything is stopped then, too
    with (
        tempfile.TemporaryDirectory(prefix="imagelib-bench-") as folder,
        started(Path(folder), scale) as bench,
    ):
        for row in (HEADER, ["---"] * len(HEADER)):
            print(line(row), flush=True)
        for name in options.only or WORKLOADS:
            for contest in WORKLOADS[name](bench):
                for row in rows(contest, run(contest, options.rounds or scale.rounds)):
                    print(line(row), flush=True)


@contextmanager
def started(folder: Path, scale: Scale) -> Iterator[Bench]:
    """Start everything, with the same pictures everywhere, and see that each serves the right bytes."""
    with ExitStack() as on_exit:
        enter = on_exit.enter_context
        origin = enter(running_origin(folder / "origin"))
        near = enter(trio(folder / "near", s3_environment(origin, origin.endpoint_url)))
        watch, way = enter(watched(origin))
        distant = enter(
            trio(
                folder / "distant",
                s3_environment(origin, way.endpoint_url),
                DATABASE_URL=near.application.environment["DATABASE_URL"],
            )
        )
        pictures = fill(near.application, folder / "files", scale.counts)
        static = enter(nginx_static(folder, folder / "files"))
        for subject in (*near.all, *distant.all, static):
            for first, *_ in pictures.values():
                check(whole(subject, first), first.digest)
        yield Bench(scale, pictures, near, static, distant, watch)


@contextmanager
def trio(data_dir: Path, storage: dict[str, str], **environment: str) -> Iterator[Trio]:
    """Run imagelib and the former design on one storage."""
    with (
        running(Imagelib(data_dir, **storage, **environment)) as application,
        former_design("client per request", "client_per_request", storage) as per_request,
        former_design("shared client", "shared_client", storage) as shared,
    ):
        yield Trio(application, application.subject, per_request, shared)


if __name__ == "__main__":
    main()
