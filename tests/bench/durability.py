"""Kills uploads and races them against pruning, at the full count: `python -m tests.bench.durability`.

Uploads die at every named step, and race against emptying the trash and pruning, on the database of
DATABASE_URL, an empty one, when it is given. Then all workers of the production server die at random moments,
on a folder and on a bucket of a real S3 server.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import django

from tests.bench.origin import running_origin
from tests.bench.subjects import s3_environment
from tests.resilience.robustness import live_library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=13, help="times that an upload dies at each step")
    parser.add_argument("--kills", type=int, default=60, help="moments, for each kind of storage")
    parser.add_argument("--rounds", type=int, default=1000, help="rounds of the race")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of all that is random")
    options = parser.parse_args()
    print(f"Seed {options.seed}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything is stopped then, too
    with tempfile.TemporaryDirectory(prefix="imagelib-bench-") as name:
        folder = Path(name)
        set_up(folder / "own")
        die_at_every_step(options.steps)
        race_against_pruning(options.rounds, options.seed)
        kill_workers_of("a folder", folder / "local", {}, options.kills, options.seed)
        with running_origin(folder / "origin") as origin:
            environment = s3_environment(origin, origin.endpoint_url)
            kill_workers_of("a bucket", folder / "s3", environment, options.kills, options.seed)


def set_up(data_dir: Path) -> None:
    """Make this process one of a library of its own."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "imagelib.settings",
        "IMAGELIB_DATA_DIR": str(data_dir),
        "IMAGELIB_STORAGE": "local",
        "PYTHONWARNINGS": "ignore::UserWarning",  # of semaphores that killed processes left
    }
    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from storage import get_storage

    setup_test_environment()
    call_command("migrate", verbosity=0)
    get_storage().prepare()


def die_at_every_step(times: int) -> None:
    """Let uploads die, and look at the library after each."""
    from tests.factories import make_image, make_user
    from tests.resilience.killed_uploads import ACKNOWLEDGED, STEPS, orphans_of_whole_library, upload_and_die

    acknowledged, deaths, orphans = [], 0, set()
    for number in range(times):
        sender = make_user(f"sender{number}", "Contributors")
        for seed, step in enumerate(STEPS, start=number * len(STEPS)):
            data = make_image("PNG", seed=seed)
            if upload_and_die(step, data, sender):
                assert step in ACKNOWLEDGED
                acknowledged.append(data)
            orphans = orphans_of_whole_library(acknowledged)
            deaths += 1
    print(
        f"Killed at {len(STEPS)} steps: {deaths} uploads; {len(acknowledged)} acknowledged and all there, "
        f"no row without its object, {len(orphans)} orphans, all found",
        flush=True,
    )


def race_against_pruning(rounds: int, seed: int) -> None:
    """Race, and say how each round began."""
    from tests.factories import make_image, make_user
    from tests.resilience.races import race

    begun = race(make_image("PNG", seed=-1), make_user("racer", "Editors"), rounds, seed)
    how = ", ".join(f"{count} from {name}" for name, count in begun.most_common())
    print(f"Raced against emptying and pruning: {rounds} rounds ({how}), nothing lost", flush=True)


def kill_workers_of(storage: str, data_dir: Path, environment: dict[str, str], kills: int, seed: int) -> None:
    """Kill workers of a library on this storage."""
    from tests.resilience.worker_deaths import kill_workers

    environment |= {"DATABASE_URL": f"sqlite:///{data_dir / 'db.sqlite3'}"}
    with live_library(data_dir, **environment) as library:
        survey = kill_workers(library, kills, seed)
    print(
        f"Killed at {kills} random moments, on {storage}: {survey.acknowledged} uploads acknowledged and all "
        f"there, {survey.broken_off} broken off, {survey.orphans} orphans, all pruned",
        flush=True,
    )


if __name__ == "__main__":
    main()
