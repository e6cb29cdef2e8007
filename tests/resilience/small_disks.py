"""Disks that are quickly full: real ones, of memory, for whoever may mount them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.machine import find_program, need

PIECE = 64 * 1024  # bytes


class SmallDisk:
    """A disk of its own at `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Leave no byte."""
        with suppress(OSError), self._filler.open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(PIECE))
        with suppress(OSError), self._filler.open("ab", buffering=0) as filler:
            while True:
                filler.write(bytes(1))
        assert os.statvfs(self.folder).f_bavail == 0

    def make_room(self) -> None:
        self._filler.unlink()


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[SmallDisk]:
    """Have a disk with these options of tmpfs, `size=2m` for instance, at an empty folder, for the length of
    the block. Without the right to mount one the test is skipped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mount, umount = find_program("mount"), find_program("umount")
    command = [mount, "-t", "tmpfs", "-o", options, "none", folder]
    is_there = mount and umount and subprocess.run(command, capture_output=True).returncode == 0
    need("a disk of its own (mount, as root)", is_there, "what a full disk does")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run([umount, "--lazy", folder], check=True)
