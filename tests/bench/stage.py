"""Everything that runs: one origin, imagelib and its peers on it, the same pictures in all of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import Request, check
from tests.bench.origin import Watch, fill, running_origin, watched
from tests.bench.subjects import (
    Imagelib,
    Picture,
    Subject,
    former_design,
    imagelib,
    nginx_in_front,
    nginx_static,
    s3_environment,
)

SMALL, MIDDLE, LARGE, HUGE = 20_000, 200_000, 4_000_000, 60_000_000  # bytes
NAMES = {SMALL: "20 kB", MIDDLE: "200 kB", LARGE: "4 MB", HUGE: "60 MB"}


@dataclass(frozen=True)
class Scale:
    """How much is measured: seconds for each contender, rounds, and how many pictures of how many bytes."""

    seconds: int
    rounds: int
    connections: tuple[int, ...]
    counts: dict[int, int]
    reading_seconds: float


QUICK = Scale(1, 1, (8,), {SMALL: 60, LARGE: 8, HUGE: 1}, 4)
FULL = Scale(4, 5, (8, 64), {SMALL: 400, MIDDLE: 150, LARGE: 40, HUGE: 1}, 15)


@dataclass(frozen=True)
class Trio:
    """imagelib and the former design, as it was and at its best, on one origin."""

    application: Imagelib
    imagelib: Subject
    per_request: Subject
    shared: Subject

    @property
    def all(self) -> tuple[Subject, ...]:
        return self.imagelib, self.per_request, self.shared


@dataclass(frozen=True)
class Bench:
    """Everything that runs. `distant` is a second trio; its way to the origin is watched and can be slow."""

    scale: Scale
    pictures: dict[int, list[Picture]]
    near: Trio
    static: Subject
    cached: Subject
    distant: Trio
    watch: Watch

    @property
    def sizes(self) -> Iterator[int]:
        return (nominal for nominal in self.pictures if nominal != HUGE)

    def some(self, nominal: int) -> Picture:
        return self.pictures[nominal][0]


def whole(subject: Subject, picture: Picture) -> Request:
    """Return the plain request for `picture`."""
    return Request(subject.url(picture), 200, picture.size)


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
        cached = enter(nginx_in_front(folder / "nginx", near.application))
        for subject in (*near.all, *distant.all, static, cached):
            for first, *_ in pictures.values():
                check(whole(subject, first), first.digest)
        yield Bench(scale, pictures, near, static, cached, distant, watch)


@contextmanager
def trio(data_dir: Path, storage: dict[str, str], **environment: str) -> Iterator[Trio]:
    """Run imagelib and the former design on one storage."""
    with (
        imagelib(data_dir, storage | environment) as application,
        former_design("client per request", "client_per_request", storage) as per_request,
        former_design("shared client", "shared_client", storage) as shared,
    ):
        yield Trio(application, application.subject, per_request, shared)
