"""How long others wait beside a crowd that asks for what is dear: `python -m tests.bench.crowds`.

64 connections sign in with new names, 48 ask for tiles and 50 for an absent image, all without a pause. What
`/healthz`, a style sheet and a warm public image take meanwhile is measured at the server itself, and behind
an nginx with deploy/nginx.conf.
"""

import argparse
import signal
import statistics
import sys
import tempfile
from pathlib import Path

from tests.resilience.crowds import Scene, Waits
from tests.resilience.robustness import live_library
from tests.servers.nginx import running_nginx

BOUNDS = {"the server itself": 2.0, "behind nginx": 1.0}  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20, help="of each crowd")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped then, too
    kept = True
    print("| Where | What | Asked | Median | Slowest | Bound |\n|---|---|---|---|---|---|")
    for place, bound in BOUNDS.items():
        with (
            tempfile.TemporaryDirectory(prefix="imagelib-bench-") as folder,
            live_library(Path(folder, "data"), IMAGELIB_TRUSTED_PROXIES="1") as library,
            running_nginx(Path(folder), library.application.port) as nginx,
        ):
            port = nginx.port if place == "behind nginx" else library.application.port
            waits = Scene(library).measure(port, options.seconds)
        kept &= report(place, waits, bound)
    sys.exit(0 if kept else 1)


def report(place: str, waits: Waits, bound: float) -> bool:
    """Print a line for each path, and what the crowd was answered; return whether all were quick enough."""
    for path, seconds in waits.seconds.items():
        name = "a warm public image" if path.endswith("/file") else path
        figures = f"{statistics.median(seconds):.3f} s | {max(seconds):.3f} s | {bound:g} s"
        print(f"| {place} | {name} | {len(seconds)} | {figures} |")
    answers = ", ".join(f"{count} times {what}" for what, count in sorted(waits.answers.items()))
    print(f"| {place} | the crowd was answered {answers} | | | | |")
    return max(max(seconds) for seconds in waits.seconds.values()) < bound


if __name__ == "__main__":
    main()
