"""How many files were brought, and what became of them."""

import functools
from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from prometheus_client import Counter

from images.errors import DigestMismatch, InTrash, RefusedFile

UPLOADS = Counter(
    "imagelib_uploads_total",
    "Files that were brought: new, known, refused for what they are, or failed.",
    ["outcome"],
)

for known in ("new", "known", "refused", "failed"):  # seen before the first
    UPLOADS.labels(known)


class Entered(Protocol):
    @property
    def is_new(self) -> bool: ...


Args = ParamSpec("Args")
Result = TypeVar("Result", bound=Entered)


def counted(bring_in: Callable[Args, Result]) -> Callable[Args, Result]:
    """Decorate what brings a file in: its outcome is counted."""

    @functools.wraps(bring_in)
    def bring_in_counted(*args: Args.args, **kwargs: Args.kwargs) -> Result:
        outcome = "failed"
        try:
            entered = bring_in(*args, **kwargs)
            outcome = "new" if entered.is_new else "known"
        except (RefusedFile, DigestMismatch, InTrash):
            outcome = "refused"
            raise
        finally:
            UPLOADS.labels(outcome).inc()
        return entered

    return bring_in_counted
