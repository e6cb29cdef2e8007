"""Runs the server with a worker for background tasks beside it: what quickstart becomes.

It imports nothing of ours or of Django's, for it stays in memory for as long as both. A worker that ends has
another in its place; when the server ends, so does all of it. Whatever ends this process ends both.
"""

import ctypes
import json
import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

BASE_DIR = Path(__file__).resolve().parent.parent

PAUSE_SECONDS = 2  # before another worker is begun: one that cannot start would keep a processor busy
STOP_SECONDS = 20  # that a worker has for its task, as requests have; what is not done then is done later
PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
PR_SET_PDEATHSIG = 1

WORKER = [sys.executable, str(BASE_DIR / "manage.py"), "worker"]

logger = logging.getLogger("imagelib.supervisor")


class _Json(logging.Formatter):
    """What images/http/logs.py makes of a line that no request caused."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps(entry)


def form_of(log_format: str) -> logging.Formatter:
    """Return how a line is written that is to be `text`, or `json`."""
    if log_format == "json":
        return _Json()
    return logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


def log_as(log_format: str) -> None:
    """Write the log of this process to stderr, as the server and the worker write theirs."""
    handler = logging.StreamHandler()
    handler.setFormatter(form_of(log_format))
    logger.addHandler(handler)


def server(descriptor: int) -> list[str]:
    """Return the command of the production server on a listening socket."""
    config = BASE_DIR / "deploy" / "gunicorn.conf.py"
    return [sys.executable, "-m", "gunicorn", f"--config={config}", f"--bind=fd://{descriptor}"]


def supervise(descriptor: int) -> int:
    """Run both until the server ends; return its exit code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {*PASSED_ON, signal.SIGCHLD})
    gunicorn = start(server(descriptor), descriptor)
    os.close(descriptor)  # the server alone says when it listens no more
    worker = start(WORKER)
    begin_at = None
    while gunicorn.poll() is None:
        if worker.poll() is not None and begin_at is None:
            logger.warning("The worker ended (%s); another follows.", worker.returncode)
            begin_at = time.monotonic() + PAUSE_SECONDS
        if begin_at is not None and time.monotonic() >= begin_at:
            worker, begin_at = start(WORKER), None
        told = signal.sigtimedwait({*PASSED_ON, signal.SIGCHLD}, 1)
        if told and told.si_signo in PASSED_ON:
            gunicorn.send_signal(told.si_signo)
            if told.si_signo != signal.SIGHUP:
                break
    worker.terminate()
    code = gunicorn.wait()
    with suppress(subprocess.TimeoutExpired):
        worker.wait(STOP_SECONDS)
    worker.kill()
    worker.wait()
    return code if code >= 0 else 128 - code


def start(
    command: list[str], *descriptors: int, niceness: int = 0, output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Run a program that is told to stop when this process is gone, however that came. What it prints goes
    where this process prints, or into `output`; its errors go where this one's do.
    """
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.nice(niceness)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # gone before that was said
            os._exit(1)

    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if output else None,
        stdout=output,
        pass_fds=descriptors,
        preexec_fn=prepare,
    )


if __name__ == "__main__":
    log_as(sys.argv[2])
    sys.exit(supervise(int(sys.argv[1])))
