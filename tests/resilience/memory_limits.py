"""Limits of memory as a container has them: control groups, whose processes the kernel kills beyond them."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.machine import need, until

# Where version 2 and version 1 of control groups have groups, how they call the limit, and what was killed.
VERSIONS = [
    (Path("/sys/fs/cgroup"), "memory.max", "memory.events"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.oom_control"),
]


class MemoryLimit:
    """A group of processes that together may take so many bytes of memory."""

    def __init__(self, folder: Path, limit: str, events: str):
        self._folder, self._limit, self._events = folder, folder / limit, folder / events

    def allow(self, size: int) -> None:
        self._limit.write_text(str(size))

    def enter(self) -> None:
        """Have this process, and all that it starts, in the group: for a child before it is a program."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))

    @property
    def kills(self) -> int:
        """How many processes of the group the kernel has killed for their memory."""
        lines = dict(line.split() for line in self._events.read_text().splitlines())
        return int(lines["oom_kill"])


@contextmanager
def memory_limit(size: int) -> Iterator[MemoryLimit]:
    """Make a group for the length of the block, at the end of which no process may be in it. Without the
    right to make one the test is skipped.
    """
    group = next(filter(None, (_made(*version, size) for version in VERSIONS)), None)
    need("a control group with a limit of memory (as root)", group, "what becomes of a worker beyond it")
    try:
        yield group
    finally:
        until(lambda: _is_removed(group._folder))


def _made(root: Path, limit: str, events: str, size: int) -> MemoryLimit | None:
    if not (root / "cgroup.procs").exists():
        return None
    with suppress(OSError):
        folder = root / f"imagelib-tests-{secrets.token_hex(4)}"
        folder.mkdir()
        try:
            group = MemoryLimit(folder, limit, events)
            group.allow(size)
            assert group.kills == 0
            return group
        except OSError:  # this version, or this user, does not limit memory
            folder.rmdir()
    return None


def _is_removed(folder: Path) -> bool:
    with suppress(OSError):  # the last of its processes has not quite ended
        folder.rmdir()
    return not folder.exists()
