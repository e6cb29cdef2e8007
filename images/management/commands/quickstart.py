"""quickstart: from nothing to a library that answers."""

import gc
import io
import ipaddress
import os
import secrets
import socket
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError

from imagelib import supervisor
from images.concurrency.locks import setup_lock
from images.imaging import sandbox
from images.ingest.pipeline import ingest
from images.maintenance.reindexing import reindex_all
from images.models import Image
from storage import get_storage
from storage.errors import StorageError

BACKLOG = 2048  # gunicorn's own, which takes a socket that listens already as it is; Python's is 128


def exposure(host: str) -> str:
    """Return what only a proxy in front could promise to those who reach the address `host`, or nothing when
    there is one, or only this machine does.
    """
    if settings.IMAGELIB_TRUSTED_PROXIES or ipaddress.ip_address(host).is_loopback:
        return ""
    return (
        "Others may reach this, and no proxy is in front (IMAGELIB_TRUSTED_PROXIES): nothing is encrypted, "
        "and whoever opens connections faster than they are ended keeps everyone out. See SECURITY.md."
    )


class Command(BaseCommand):
    help = (
        "Set up what is missing (tables, bucket or folder, the user `admin`, sample images), then serve. "
        "Running it again is harmless."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-samples",
            dest="samples",
            action="store_false",
            help="leave an empty library empty instead of adding a dozen sample images",
        )
        parser.add_argument(
            "--no-worker",
            dest="worker",
            action="store_false",
            help="leave background tasks to `manage.py worker`, which runs elsewhere",
        )

    def handle(self, *, samples: bool, worker: bool, **options: Any) -> None:
        try:
            listener = self.claim_port()
            self.check(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])  # before its first lock
            with setup_lock():
                self.set_up()
            if samples and self.is_new():
                self.add_samples()
            self.serve(listener, worker)
        except KeyboardInterrupt:
            raise CommandError("Stopped before it served.", returncode=130) from None
        except DatabaseError as error:
            reason = str(error).partition("\n")[0]
            raise CommandError(f"The database cannot be used; see DATABASE_URL. {reason}") from None
        except StorageError:
            variables = (
                "IMAGELIB_S3_* and AWS_*" if settings.IMAGELIB_STORAGE == "s3" else "IMAGELIB_DATA_DIR"
            )
            raise CommandError(
                f"The storage cannot be used; the log above says why. Its settings are {variables}."
            ) from None
        except OSError as error:
            raise CommandError(
                f"The data folder cannot be used; see IMAGELIB_DATA_DIR. {error.strerror}: {error.filename}"
            ) from None

    def claim_port(self) -> socket.socket:
        """Return the listening socket. Held from the start: a taken port is known before anything is made."""
        host, port = settings.HOST, settings.PORT
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            return socket.create_server((host, port), family=family, backlog=BACKLOG)
        except (OSError, OverflowError) as error:
            raise CommandError(f"Cannot serve at {host}:{port}; set HOST or PORT. {error}") from None

    def set_up(self) -> None:
        """Make what every start needs and may be missing."""
        settings.IMAGELIB_DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        call_command("migrate", interactive=False, verbosity=0)
        for _ in reindex_all(only_missing=True):  # what an earlier version added while tables were migrated
            pass
        get_storage().prepare()
        users = get_user_model().objects
        if not users.exists():
            password = settings.IMAGELIB_ADMIN_PASSWORD or secrets.token_urlsafe(15)
            users.create_superuser("admin", password=password)
            if not settings.IMAGELIB_ADMIN_PASSWORD:
                self.say(f"Sign in as admin with the password {password} (it is not shown again).")

    def is_new(self) -> bool:
        """Whether nothing was ever brought in: a store without its catalogue is to be restored, not begun."""
        return not Image.objects.exists() and next(iter(get_storage().list()), None) is None

    def add_samples(self) -> None:
        """Bring in the sample images; those already there are recognised by their bytes."""
        from images.ingest.samples import SAMPLES

        self.say(f"Drawing {len(SAMPLES)} sample images …")
        for sample in SAMPLES:
            ingest(
                io.BytesIO(sample.encode()),
                filename=sample.filename,
                title=sample.title,
                alt_text=sample.alt_text,
                description=sample.description,
                visibility=Image.Visibility.PUBLIC,
            )

    def serve(self, listener: socket.socket, worker: bool) -> None:
        """Become gunicorn, on the socket that is already held, or what runs it with a worker beside it."""
        host, port = listener.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.say(f"imagelib {settings.IMAGELIB_VERSION} serves at {address} (Ctrl-C stops it)")
        if warning := exposure(host):
            self.say(warning)
        connections.close_all()
        sandbox.pool.close()
        gc.collect()  # what is not let go now, nobody will: another program follows
        listener.set_inheritable(True)
        descriptor = listener.fileno()
        both = [sys.executable, supervisor.__file__, str(descriptor), settings.IMAGELIB_LOG_FORMAT]
        command = both if worker else supervisor.server(descriptor)
        os.execv(sys.executable, command)  # noqa: S606

    def say(self, sentence: str) -> None:
        """Print now: nothing in a buffer survives becoming another program."""
        self.stdout.write(sentence)
        self.stdout.flush()
