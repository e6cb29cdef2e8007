"""The production server: gunicorn, a few processes of many threads. `manage.py quickstart` runs it, and so
may a supervisor: `gunicorn --config deploy/gunicorn.conf.py`.
"""

import logging
import mmap
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")

from django.conf import settings  # noqa: E402
from django.db import Error as DatabaseError  # noqa: E402
from django.utils.log import configure_logging  # noqa: E402

from imagelib.worker import DRAIN_SECONDS  # noqa: E402
from images.concurrency.sessions import refusal  # noqa: E402
from images.http.logs import Json  # noqa: E402
from images.http.secrecy import Masked  # noqa: E402
from images.imaging.confinement import hide_process  # noqa: E402

# For the workers too. What decodes strangers' files is of the same user, and this environment has secrets.
hide_process()

wsgi_app = "imagelib.wsgi:application"
chdir = str(BASE_DIR)
bind = f"[{settings.HOST}]:{settings.PORT}" if ":" in settings.HOST else f"{settings.HOST}:{settings.PORT}"

worker_class = "imagelib.worker.PatientWorker"
worker_connections = 500  # of each process: below the 1,024 open files that a process often has
workers = settings.WEB_CONCURRENCY
threads = settings.IMAGELIB_THREADS
preload_app = False  # each worker makes its own connections to database and storage

timeout = (
    60  # seconds without a sign of life of the process; a thread that waits for a slow client is no reason
)
graceful_timeout = DRAIN_SECONDS + 20  # what running requests get when the server stops
keepalive = 15
control_socket_disable = True
if os.access("/dev/shm", os.W_OK):  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108  a heartbeat on a slow disk looks like a dead worker

# Whom to believe about the client is decided once, in settings (IMAGELIB_TRUSTED_PROXIES).
forwarded_allow_ips = ""

logger_class = "imagelib.request_log.RequestLog"
errorlog = "-"  # stderr
loglevel = "warning"  # starts and stops are said by whoever runs the server


has_asked = False  # whether locks hold, and got an answer
is_refused = mmap.mmap(-1, 1)  # 1 when the answer came later and was no; all processes share it


def on_starting(server) -> None:
    """Refuse to serve where no lock would hold, whoever starts the server."""
    global has_asked
    on_reload(server)
    with suppress(DatabaseError):  # one that is away is no reason not to start: it is asked again
        if sentence := refusal():
            sys.exit(sentence)
        has_asked = True


def end_server(worker, sentence: str) -> None:
    """End all of it as SIGTERM does, and with an exit code that says it failed."""
    logging.getLogger("imagelib").critical("%s", sentence)
    is_refused[0] = 1
    os.kill(worker.ppid, signal.SIGTERM)


def on_exit(server) -> None:
    if is_refused[0]:
        sys.exit(1)


def on_reload(server) -> None:
    """Have gunicorn's own logs, whose handlers are made anew, tell no address that is a secret. Its log of
    requests may be put on beside ours.
    """
    for log in (server.log.error_log, server.log.access_log):
        for handler in log.handlers:
            handler.setFormatter(Masked(formatter=handler.formatter))
    if settings.IMAGELIB_LOG_FORMAT == "json":
        for handler in server.log.error_log.handlers:
            handler.setFormatter(Json())


def pre_request(worker, req) -> None:
    """Let images/http/bodies.py close the connection of a body that is left unread, and the answer say so."""
    req.body.close_connection = req.force_close


def when_ready(server) -> None:
    """Log which version serves. gunicorn's own log is for what goes wrong."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    logging.getLogger("imagelib").info(
        "Version %s serves with %s processes of %s threads.", settings.IMAGELIB_VERSION, workers, threads
    )


def post_worker_init(worker) -> None:
    """Have each process do what every server does by itself."""
    from images.http import snapshots
    from images.maintenance import housekeeping, surroundings  # models: not before the application is there
    from images.tasks.notices import tell_without_worker

    if worker.age == 1:  # the first process of this server
        surroundings.start(None if has_asked else partial(end_server, worker))
    housekeeping.start(tell_without_worker)
    snapshots.start("server")
