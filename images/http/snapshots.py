"""What all processes of a server have counted together: its own, and the workers' on the same data folder.

Every process counts in memory and writes what it counted into `metrics/` now and then; whoever is asked adds
up (docs/decisions/0010-figures-in-snapshots.md). Counters of a process that ended stay in the sum, its gauges
do not. A process holds a lock on its name for as long as it lives: the kernel knows best who does.
"""

import fcntl
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.conf import settings
from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, REGISTRY, Gauge
from prometheus_client.metrics_core import Metric

from images.errors import Busy

SECONDS = 2.0  # between two snapshots: what a killed process counted since is lost
WAIT_SECONDS = 1.0  # for another process that adds up, which takes it some milliseconds
POLL_SECONDS = 0.01
LOCK, SNAPSHOT = ".lock", ".json"
ENDED = "ended"  # the name of all processes that are gone
REVIEWERS = "adding-up"

PROCESSES = Gauge("imagelib_processes", "Processes that live, by what they are for.", ["kind"])

# They tell of the one process that happens to be asked.
for collector in (GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR):
    REGISTRY.unregister(collector)

logger = logging.getLogger(__name__)

# The name of a metric, whether it is a gauge, the name of one of its samples, and its labels.
Series = tuple[str, bool, str, tuple[tuple[str, str], ...]]
Figures = dict[Series, float]


class Process:
    """This process as others see it: a name with a lock, and the snapshot that it wrote last. Whoever makes
    it reviews: others would take a lock that is there and not yet held for that of a process that ended.
    """

    def __init__(self, folder: Path):
        self.name = secrets.token_hex(8)
        self._path = folder / f"{self.name}{SNAPSHOT}"
        self.published: Figures = {}
        self._lock = (folder / f"{self.name}{LOCK}").open("ab")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._turn = threading.Lock()

    def publish(self) -> None:
        """Write what was counted, if that is something new. Raises OSError."""
        with self._turn:
            figures = counted()
            if figures != self.published:
                _write(self._path, {"figures": list(figures.items())})
                self.published = figures


_this: Process | None = None


def start(kind: str) -> None:
    """Publish what this process counts from now on, as long as it lives. `kind` says what it is for."""
    PROCESSES.labels(kind).set(1)
    threading.Thread(target=_publish_now_and_then, name="metrics", daemon=True).start()


def publish() -> None:
    """Publish what this process has counted, if it ever does: before its end."""
    with suppress(OSError):
        if _this:
            _this.publish()


def totals() -> list[Metric]:
    """Return the metrics of all processes together. Those that cannot be read are left out.

    This process tells no more of itself than others do by then: no counter may be less when another is asked
    next. Raises Busy when others add up for too long.
    """
    publish()
    figures = dict(_this.published) if _this else counted()
    folder = _folder()
    with suppress(OSError), _reviewing(folder):
        for others in _figures_of_others(folder):
            _add(figures, others)
    metrics = {metric.name: Metric(metric.name, metric.documentation, metric.type) for metric in _ours()}
    for (name, _, sample, labels), value in figures.items():
        if name in metrics:  # else it is of another version
            metrics[name].add_sample(sample, dict(labels), value)
    return list(metrics.values())


def counted() -> Figures:
    """Return what this process has counted."""
    return {
        (metric.name, metric.type == "gauge", sample.name, tuple(sample.labels.items())): sample.value
        for metric in _ours()
        for sample in metric.samples
        if not sample.name.endswith("_created")  # nobody asks when
    }


def _ours() -> Iterator[Metric]:
    yield from REGISTRY.collect()


def _folder() -> Path:
    folder: Path = settings.IMAGELIB_DATA_DIR / "metrics"
    return folder


def _publish_now_and_then() -> None:
    global _this
    is_well = True
    while True:
        try:
            _this = _this or _joined(_folder())
            _this.publish()
            is_well = True
        except (OSError, Busy) as error:
            if is_well:
                logger.warning("what this process counts is not kept for others: %s", error)
            is_well = False
        time.sleep(SECONDS)


def _joined(folder: Path) -> Process:
    """Return this process, from now on one of those that are added up. Raises Busy or OSError."""
    with _reviewing(folder):
        list(_figures_of_others(folder))  # whoever ended is folded, although nobody may ever ask
        return Process(folder)


def _figures_of_others(folder: Path) -> Iterator[Figures]:
    """Yield what other processes counted: each that lives, and all that ended, who have one snapshot together
    from then on. The caller reviews. Raises OSError.
    """
    ended = _read(folder / f"{ENDED}{SNAPSHOT}")
    known = {name for name in ended.get("names", ()) if (folder / f"{name}{LOCK}").exists()}
    sum_of_ended, gone = _figures_in(ended), set()
    for lock in folder.glob(f"*{LOCK}"):
        name = lock.name.removesuffix(LOCK)
        if _this and name == _this.name:
            continue
        if _is_held(lock):
            yield _figures_in(_read(folder / f"{name}{SNAPSHOT}"))
            continue
        gone.add(name)
        if name not in known:
            figures = _figures_in(_read(folder / f"{name}{SNAPSHOT}"))
            _add(sum_of_ended, {series: value for series, value in figures.items() if not series[1]})
    yield sum_of_ended
    if gone - known:
        names = sorted(gone | known)  # so that nobody counts twice who is counted and still has files
        _write(folder / f"{ENDED}{SNAPSHOT}", {"names": names, "figures": list(sum_of_ended.items())})
    for name in gone:
        (folder / f"{name}{SNAPSHOT}").unlink(missing_ok=True)
        (folder / f"{name}{LOCK}").unlink(missing_ok=True)


def _add(figures: Figures, others: Figures) -> None:
    for series, value in others.items():
        figures[series] = figures.get(series, 0) + value


@contextmanager
def _reviewing(folder: Path) -> Iterator[None]:
    """Be the one who adds up, for the length of the block. Raises Busy or OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + WAIT_SECONDS
    with (folder / REVIEWERS).open("ab") as file:
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                raise Busy("The figures are being added up just now. Please try again in a moment.")
            time.sleep(POLL_SECONDS)
        yield


def _is_held(lock: Path) -> bool:
    with lock.open("rb") as file:
        return not _try_lock(file)


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> dict[str, Any]:
    """Return what a snapshot says; nothing when there is none, or it is of another version and so may count
    otherwise.
    """
    with suppress(FileNotFoundError, ValueError):
        said: dict[str, Any] = json.loads(path.read_bytes())
        if said["version"] == settings.IMAGELIB_VERSION:
            return said
    return {}


def _figures_in(said: dict[str, Any]) -> Figures:
    return {
        (name, is_gauge, sample, tuple(map(tuple, labels))): value
        for (name, is_gauge, sample, labels), value in said.get("figures", ())
    }


def _write(path: Path, said: dict[str, Any]) -> None:
    """Write a snapshot: whoever reads meanwhile has the one before. Raises OSError."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as draft:
        try:
            json.dump({"version": settings.IMAGELIB_VERSION, **said}, draft)
            draft.close()
            os.replace(draft.name, path)
        except BaseException:  # whatever it was, no half snapshot stays
            Path(draft.name).unlink(missing_ok=True)
            raise
