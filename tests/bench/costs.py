"""What one request costs: asked in this process, with the database's work counted beside Python's."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import Client

from images.catalogue.album_pages import BY_HAND, masked
from images.catalogue.cursors import Cursor
from images.models import AlbumEntry, Change, Image
from tests.bench.population import ALBUM_SLUGS
from tests.bench.questions import MEMBER, NOBODY, ORDERINGS, SUPERUSER

COLUMNS = {"taken_at": "dated_at"}  # by orderings of the API that have another name


class Clock:
    """How many queries there were, and the seconds that waiting for them took."""

    queries = 0
    seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - started


class TimedCursor(CursorWrapper):
    """A cursor whose statements and fetches run the clock: SQLite finds rows as they are fetched."""

    clock: Clock

    def execute(self, sql: str, params: Any = None) -> Any:
        self.clock.queries += not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN"))
        with self.clock.running():
            return super().execute(sql, params)

    def fetchone(self) -> Any:
        with self.clock.running(), self.db.wrap_database_errors:
            return self.cursor.fetchone()

    def fetchmany(self, *args: Any) -> Any:
        with self.clock.running(), self.db.wrap_database_errors:
            return self.cursor.fetchmany(*args)

    def fetchall(self) -> Any:
        with self.clock.running(), self.db.wrap_database_errors:
            return self.cursor.fetchall()


class Asker:
    """Asks the library in this process, as several people."""

    def __init__(self) -> None:
        self._clients = {NOBODY: self._client()}
        for user in get_user_model().objects.filter(username__in=(SUPERUSER, MEMBER)):
            self._clients[user.get_username()] = self._client()
            self._clients[user.get_username()].force_login(user, "django.contrib.auth.backends.ModelBackend")
        middle = self._some_image()
        cursors = {
            sign + name: str(Cursor.beside(middle, sign + COLUMNS.get(name, name), backwards=False))
            for name in ORDERINGS
            for sign in ("", "-")
        }
        self._names = {
            "id": str(middle.pk),
            "hash": middle.hash,
            "busy": self._busiest(),
            **cursors,
            **self._album(),
        }

    def costs(self, path: str, person: str) -> dict[str, Any]:
        """Return what asking once costs, in milliseconds in the database and of CPU. To what begins with POST
        is sent that the last image of the largest album goes to its front.
        """
        client, clock = self._clients[person], Clock()
        for name, value in self._names.items():
            path = path.replace(f"{{{name}}}", value)
        method, _, path = path.rpartition(" ")
        sent = json.dumps(self._to_the_front()) if method else ""
        connection.make_cursor = self._cursors(clock)
        before = time.process_time(), server_seconds()
        response = client.post(path, sent, "application/json") if method else client.get(path)
        cpu = time.process_time() - before[0] + server_seconds() - before[1]
        del connection.make_cursor
        return {
            "status": response.status_code,
            "bytes": len(response.content),
            "queries": clock.queries,
            "database": round(1000 * clock.seconds, 2),
            "cpu": round(1000 * cpu, 2),
        }

    def _cursors(self, clock: Clock) -> Any:
        def make(cursor: Any) -> TimedCursor:
            timed = TimedCursor(cursor, connection)
            timed.clock = clock
            return timed

        return make

    def _client(self) -> Client:
        return Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)

    def _album(self) -> dict[str, str]:
        """Return the id of the largest album, where its far end is, and an image of its middle."""
        entries = AlbumEntry.objects.filter(album__slug=ALBUM_SLUGS[0]).order_by("-position")
        shown = entries.filter(image__visibility="public", image__deleted_at=None)
        last, middle = entries[:1].get(), shown[shown.count() // 2 :][:1].get()
        end = replace(Cursor.beside(last, BY_HAND, backwards=True), includes=True)
        return {"album": str(last.album_id), "end": str(masked(end)), "filed": str(middle.image_id)}

    def _busiest(self) -> str:
        """Return the id of the image with the most changes, which was the last to be changed."""
        of_images = Change.objects.filter(kind=Change.Kind.IMAGE).order_by("-at")
        return of_images.values_list("target", flat=True)[0]

    def _to_the_front(self) -> dict[str, Any]:
        entries = AlbumEntry.objects.filter(album=self._names["album"])
        images = [
            entries.order_by(order).values_list("image", flat=True)[0] for order in (BY_HAND, f"-{BY_HAND}")
        ]
        return {"images": [str(images[1])], "before": str(images[0])}

    def _some_image(self) -> Image:
        """Return one from the middle of the library."""
        images = Image.objects.filter(deleted_at=None, visibility="public")
        ends = images.order_by("created_at")[:1].get(), images.order_by("-created_at")[:1].get()
        middle = ends[0].created_at + (ends[1].created_at - ends[0].created_at) / 2
        return images.filter(created_at__gte=middle).order_by("created_at")[:1].get()


def server_seconds() -> float:
    """Return the CPU that this connection's own process of PostgreSQL has taken; parallel workers are off."""
    if connection.vendor != "postgresql" or connection.connection is None:
        return 0.0
    statistics = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(statistics.read_text().split()[0]) / 1e9 if statistics.exists() else 0.0
