"""The workloads: what is asked of whom, how, and what the ratio is to be."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from tests.bench.load import Request, hammer, walk
from tests.bench.memory import growth_under_slow_readers
from tests.bench.origin import Watch
from tests.bench.stage import HUGE, LARGE, NAMES, SMALL, Bench, whole
from tests.bench.subjects import Picture, Subject
from tests.bench.table import Contest

LATENCY = 0.030  # seconds to the storage
READERS, RUSH = 50, 100  # slow readers; concurrent requests for one cold picture
MAX_WALKS = 200  # passes over a list of pictures within one measurement


def warm(bench: Bench) -> Iterator[Contest]:
    """One picture, again and again."""
    goals = {
        SMALL: {bench.near.per_request.name: "60", bench.near.shared.name: "3"},
        LARGE: {bench.near.shared.name: "4"},
    }
    for nominal in bench.sizes:
        for connections in bench.scale.connections:
            contenders = {
                subject.name: _hammering(bench, whole(subject, bench.some(nominal)), connections)
                for subject in (*bench.near.all, bench.static)
            }
            yield Contest(f"warm {_size_and(nominal, connections)}", contenders, goals.get(nominal, {}))


def cold(bench: Bench) -> Iterator[Contest]:
    """Many pictures, each asked for once before the cache is emptied again."""
    goals = {SMALL: {bench.near.per_request.name: "12"}, LARGE: {bench.near.shared.name: "1.2"}}
    for nominal in bench.sizes:
        for connections in bench.scale.connections:
            contenders = {
                subject.name: _walking(
                    bench,
                    [whole(subject, picture) for picture in bench.pictures[nominal]],
                    connections,
                    bench.near.application.empty_cache,
                )
                for subject in bench.near.all
            }
            yield Contest(f"cold {_size_and(nominal, connections)}", contenders, goals.get(nominal, {}))


def not_modified(bench: Bench) -> Iterator[Contest]:
    """If-None-Match, which the former design did not know."""
    picture = bench.some(SMALL)
    imagelib, static = bench.near.imagelib, bench.static
    for connections in bench.scale.connections:
        known = Request(imagelib.url(picture), 304, 0, headers=(f'If-None-Match: "{picture.digest}"',))
        any_ = Request(static.url(picture), 304, 0, headers=("If-None-Match: *",))
        yield Contest(
            f"304, {connections} connections",
            {
                "imagelib": _hammering(bench, known, connections),
                "imagelib, warm 20 kB": _hammering(bench, whole(imagelib, picture), connections),
                static.name: _hammering(bench, any_, connections),
            },
            {"imagelib, warm 20 kB": "1.3"},
        )


def cached(bench: Bench) -> Iterator[Contest]:
    """The answers of imagelib that nginx keeps for a minute, beside files that are nginx's own."""
    for nominal in bench.sizes:
        for connections in bench.scale.connections:
            contenders = {
                subject.name: _hammering(bench, whole(subject, bench.some(nominal)), connections)
                for subject in (bench.cached, bench.static)
            }
            title = f"nginx in front, {_size_and(nominal, connections)}"
            yield Contest(title, contenders, {bench.static.name: "0.8"})


def renditions(bench: Bench) -> Iterator[Contest]:
    """A kept derived image, beside an original with the same bytes."""
    for nominal in (SMALL, LARGE):
        derived, original = bench.near.application.rendition_and_twin(bench.some(nominal))
        for connections in bench.scale.connections:
            contenders = {
                "a rendition": _hammering(bench, derived, connections),
                "an original": _hammering(bench, original, connections),
            }
            title = f"warm, {derived.length / 1000:,.0f} kB, {connections} connections"
            yield Contest(title, contenders, {"an original": "as fast"})


def head(bench: Bench) -> Iterator[Contest]:
    """HEAD, asked with sockets of our own, whose cost nginx feels most."""
    picture = bench.some(LARGE)
    for connections in bench.scale.connections:
        contenders = {
            subject.name: _walking(
                bench, [Request(subject.url(picture), 200, picture.size, "HEAD")] * 200, connections
            )
            for subject in (bench.near.imagelib, bench.static)
        }
        yield Contest(f"HEAD, {connections} connections", contenders)


def ranges(bench: Bench) -> Iterator[Contest]:
    """The first KiB of a large picture, of which the former design sent all."""
    picture = bench.some(LARGE)
    for connections in bench.scale.connections:
        contenders = {
            subject.name: _hammering(
                bench,
                Request(subject.url(picture), 206, 1024, headers=("Range: bytes=0-1023",)),
                connections,
            )
            for subject in (bench.near.imagelib, bench.static)
        }
        yield Contest(f"1 KiB of {_size_and(LARGE, connections)}", contenders)


def fetches(bench: Bench) -> Iterator[Contest]:
    """How often the storage is asked when many ask for one cold picture at once."""

    def count(subject: Subject, picture: Picture) -> float:
        bench.distant.application.empty_cache()
        before = bench.watch.gets
        walk([whole(subject, picture)] * RUSH, RUSH)
        return bench.watch.gets - before

    for nominal in bench.sizes:
        yield Contest(
            f"{RUSH} at once for one cold {NAMES[nominal]}",
            {s.name: partial(count, s, bench.some(nominal)) for s in bench.distant.all},
            {bench.distant.per_request.name: "exactly 1 by imagelib"},
            unit="storage GETs",
        )


def first_byte(bench: Bench) -> Iterator[Contest]:
    """How long one waits when the storage is far away; less is better."""

    def wait(subject: Subject, pictures: list[Picture], walks: int) -> float:
        bench.distant.application.empty_cache()
        with _latency(bench.watch):
            for _ in range(walks):
                _, times = walk([whole(subject, picture) for picture in pictures], 1)
        return statistics.median(times) * 1000

    for nominal in bench.sizes:
        for temperature, walks in (("cold", 1), ("warm", 2)):
            yield Contest(
                f"first byte, {temperature} {NAMES[nominal]}, {LATENCY * 1000:.0f} ms to the storage",
                {s.name: partial(wait, s, bench.pictures[nominal][:20], walks) for s in bench.distant.all},
                unit="ms",
            )


def readers(bench: Bench) -> Iterator[Contest]:
    """By how much all processes of a server grow while many read slowly."""
    picture = bench.some(HUGE)

    def grow(subject: Subject) -> float:
        walk([whole(subject, picture)] * 4, 4)
        seconds = bench.scale.reading_seconds
        return growth_under_slow_readers(subject, whole(subject, picture), READERS, seconds) / 2**20

    yield Contest(
        f"{READERS} slow readers of {NAMES[HUGE]}",
        {subject.name: partial(grow, subject) for subject in bench.near.all},
        {bench.near.per_request.name: "imagelib under 64 MiB"},
        unit="MiB more",
        rounds=1,
    )


WORKLOADS: dict[str, Callable[[Bench], Iterator[Contest]]] = {
    "warm": warm,
    "cold": cold,
    "304": not_modified,
    "nginx": cached,
    "renditions": renditions,
    "head": head,
    "range": ranges,
    "fetches": fetches,
    "first-byte": first_byte,
    "readers": readers,
}


def _size_and(nominal: int, connections: int) -> str:
    return f"{NAMES[nominal]}, {connections} connections"


def _hammering(bench: Bench, request: Request, connections: int) -> Callable[[], float]:
    return partial(hammer, request, connections, bench.scale.seconds)


def _walking(
    bench: Bench, requests: list[Request], connections: int, before: Callable[[], None] = lambda: None
) -> Callable[[], float]:
    """Return what walks over all `requests`, and again until it has walked long enough; requests/s."""

    def measure() -> float:
        seconds, walks = 0.0, 0
        while seconds < bench.scale.seconds and walks < MAX_WALKS:
            before()
            seconds += walk(requests, connections)[0]
            walks += 1
        return walks * len(requests) / seconds

    return measure


@contextmanager
def _latency(watch: Watch) -> Iterator[None]:
    watch.delay = LATENCY
    try:
        yield
    finally:
        watch.delay = 0.0
