"""How fast imagelib serves, as ratios to the former design and to nginx: see README.md beside this file."""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.bench.stage import FULL, QUICK, started
from tests.bench.subjects import PEERS_PYTHON
from tests.bench.table import HEADER, line, rows, run
from tests.bench.workloads import WORKLOADS
from tests.servers.machine import find_program
from tests.servers.nginx import find_nginx


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see in a minute or two that everything runs")
    parser.add_argument("--only", action="append", choices=WORKLOADS, help="this workload (may be repeated)")
    parser.add_argument("--rounds", type=int, help="how often everything is measured")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    needed = {
        "wrk": find_program("wrk"),
        "nginx": find_nginx(),
        "weed (SeaweedFS)": find_program("weed"),
        "the peers' virtualenv": PEERS_PYTHON.exists(),
    }
    for name, available in needed.items():
        if not available:
            sys.exit(f"{name} is missing: see tests/bench/README.md.")

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


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
