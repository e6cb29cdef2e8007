"""One sandboxed child, as the process that has it sees it. It trusts nothing that comes back."""

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from images.errors import Busy, InvalidImage
from images.imaging import child, confinement
from images.imaging.channel import Channel

Result = TypeVar("Result")

START_TIMEOUT = 15  # seconds that a new child takes at most to get ready, on a machine that is hard at work
END_TIMEOUT = 5  # seconds until a killed process is gone, unless the kernel waits for a disk
MAX_HEAD = 2**20  # bytes of what a child says of a job
MAX_TEXT = 4_000  # characters of an error
MAX_PARTS = 2**29  # bytes of all files that one job makes

MODULES: list[str] = []  # that jobs are in, beside `child`
PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); "
    "from images.imaging import child; child.main()"
)

# What ends a child and is not its decoder's doing: a machine short of memory, or one that stops; no signal.
FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, None}


class RemoteError(Exception):
    """What a job raised in the child; the text is its trace there."""


class Child:
    """A process of its own that shares nothing with this one but a pair of sockets: no environment, no open
    file, and nothing of this one's memory.
    """

    def __init__(self) -> None:
        """Start it. Raises OSError."""
        confinement.hide_process()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-X", "utf8", "-c", PROGRAM]
        arguments = [json.dumps(sys.path), str(theirs.fileno()), *MODULES]
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command + arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
                    pass_fds=[theirs.fileno()],
                    process_group=0,  # Ctrl-C is for this process, and the child ends with it
                )
            except BaseException:  # nobody else has the socket to close it
                ours.close()
                raise
        self._channel = Channel(ours)
        self._is_at_work = False
        self.jobs = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it lives and has answered: what it may still say of one job is no answer to the next."""
        return not self._is_at_work and self._process.poll() is None

    def wait_until_ready(self) -> list[str]:
        """Wait until the child is confined; return what the kernel lacks for it. Raises OSError, EOFError."""
        missing: list[str] = json.loads(self._channel.receive(MAX_HEAD, time.monotonic() + START_TIMEOUT))
        return missing

    def run(self, decode: Callable[..., Result], descriptor: int, *args: Any, timeout: float) -> Result:
        """Return `decode(file, *args)` of the open file `descriptor`, or raise what it raises: child.ERRORS.

        Raises InvalidImage when that kills the child, Busy when it is not done in `timeout` seconds of the
        clock on the wall, or something else kills it. The child is not ready any more then.
        """
        self.jobs += 1
        deadline = time.monotonic() + timeout
        job = pickle.dumps((decode, args))
        self._is_at_work = True
        try:
            self._channel.send(job, descriptor, deadline)
            head: dict[str, Any] = json.loads(self._channel.receive(MAX_HEAD, deadline))
            if "error" in head:
                error = child.ERRORS.get(head["error"], RuntimeError)(str(head["text"])[:MAX_TEXT])
                error.__cause__ = RemoteError(str(head["trace"])[:MAX_TEXT])
            else:
                error = None
                if "parts" in head:
                    head["value"] = self._receive_parts(head["parts"], deadline)
                value: Result = head["value"]
        except TimeoutError:
            raise Busy("The image took too long just now. Please try again in a moment.") from None
        except (OSError, EOFError):
            if self._killed_by() in FROM_OUTSIDE:
                raise Busy("No image can be looked at just now. Please try again in a moment.") from None
            raise InvalidImage(
                "The image takes more time or memory to decode than this library gives."
            ) from None
        except (ValueError, TypeError, LookupError, RecursionError):  # the file has taken it over
            raise InvalidImage("The file is damaged: it does not decode as an image.") from None
        self._is_at_work = False
        if error:
            raise error
        return value

    def end(self) -> None:
        """End the child, if it has not ended."""
        self._process.kill()
        self._channel.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_TIMEOUT)

    def forget(self) -> None:
        """Let go of a child that is the parent process's, after a fork."""
        self._channel.close()
        self._process.returncode = 0  # not for this process to wait for

    def _killed_by(self) -> int | None:
        """Return the signal that killed the child, which is gone or about to be; None for none."""
        try:
            status = self._process.wait(END_TIMEOUT)
        except subprocess.TimeoutExpired:
            return None
        return -status if status < 0 else None

    def _receive_parts(self, count: int, deadline: float) -> list[bytes]:
        parts, left = [], MAX_PARTS
        for _ in range(count):
            parts.append(bytes(self._channel.receive(left, deadline)))
            left -= len(parts[-1])
        return parts
