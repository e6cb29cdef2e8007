"""The app, and its system checks: in a sentence each, what else would fail at the first request.

They run before every command but `version`; those that ask the database, before it is migrated. No server
starts without one of them: quickstart, or a supervisor's migrate. Errors stop it, for nothing works with
them; warnings are printed.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection, connections

from images.concurrency.locks import flock_works
from images.concurrency.sessions import REFUSAL, SESSION_POOLING, is_pooled_by_transaction
from images.imaging.confinement import missing_confinement

TOKENIZER = "trigram"  # of SQLite 3.34 and newer


class ImagesConfig(AppConfig):
    name = "images"

    def ready(self) -> None:
        from images.http.metrics import at_scrape  # models: not before the applications are there
        from images.http.multipart import take_every_name
        from images.tasks.figures import Findings, Queue

        take_every_name()
        at_scrape.register(Queue())
        at_scrape.register(Findings())


@register
def pillow_knows_every_format(**kwargs: Any) -> list[CheckMessage]:
    from images.imaging.codecs import missing_formats  # Pillow is for children: no server loads it

    missing = missing_formats()
    if not missing:
        return []
    return [
        Error(
            f"This Pillow was built without {' and '.join(missing)}, which the library takes and draws.",
            hint="Install the wheel that requirements.txt names: `make install`.",
            id="imagelib.E001",
        )
    ]


@register
def files_can_be_locked(**kwargs: Any) -> list[CheckMessage]:
    if connection.vendor != "sqlite":
        return []  # the database keeps the locks
    folder = settings.IMAGELIB_DATA_DIR
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        works = flock_works(folder)
    except OSError:
        return []  # nothing can be written there at all, which quickstart and SQLite say themselves
    if works:
        return []
    return [
        Error(
            "Locks (flock) do not work in IMAGELIB_DATA_DIR, so two uploads at once could lose an image.",
            hint="Move the folder to a local disk, or use PostgreSQL (DATABASE_URL).",
            id="imagelib.E002",
        )
    ]


@register
def sqlite_finds_parts_of_words(**kwargs: Any) -> list[CheckMessage]:
    if connection.vendor != "sqlite":
        return []
    with closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute(f"CREATE VIRTUAL TABLE words USING fts5(word, tokenize='{TOKENIZER}')")
        except sqlite3.OperationalError as error:
            return [
                Error(
                    f"SQLite {sqlite3.sqlite_version} has no index of parts of words ({error}).",
                    hint="Use a Python with SQLite 3.34 or newer and FTS5, or PostgreSQL (DATABASE_URL).",
                    id="imagelib.E003",
                )
            ]
    return []


@register(Tags.database)
def locks_of_sessions_hold(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Asked by `migrate` and quickstart too, before they change anything."""
    if not databases or not is_pooled_by_transaction():
        return []
    return [Error(REFUSAL, hint=SESSION_POOLING, id="imagelib.E004")]


@register(Tags.database, deploy=True)
def postgresql_knows_letters(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Asked by `check --deploy --database default` alone."""
    known = [connections[alias] for alias in databases or () if connections[alias].vendor == "postgresql"]
    for database in known:
        with database.cursor() as cursor:
            cursor.execute("SELECT datctype FROM pg_database WHERE datname = current_database()")
            (ctype,) = cursor.fetchone()
        if ctype in ("C", "POSIX"):
            return [
                Warning(
                    f"This database (LC_CTYPE {ctype}) knows no letters but English ones: its index of words "
                    "leaves out all others, and a search for them reads every row.",
                    hint="Make the database with --locale=C.UTF-8 or another of UTF-8, and restore into it.",
                    id="imagelib.W004",
                )
            ]
    return []


@register(Tags.database, deploy=True)
def surroundings_fit(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Asked by `check --deploy --database default`, and by a server that starts."""
    from images.maintenance import surroundings  # models: not before the applications are there

    return surroundings.misfits() if databases else []


@register
def proxies_are_trusted(**kwargs: Any) -> list[CheckMessage]:
    if not settings.IMAGELIB_PUBLIC_URL or settings.IMAGELIB_TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "IMAGELIB_PUBLIC_URL is set and no proxy is trusted: behind one, everyone counts as one client, "
            "and with https every page redirects to itself.",
            hint="Set IMAGELIB_TRUSTED_PROXIES to the number of proxies in front of imagelib.",
            id="imagelib.W002",
        )
    ]


@register
def decoders_are_confined(**kwargs: Any) -> list[CheckMessage]:
    missing = missing_confinement()
    if not missing:
        return []
    return [
        Warning(
            f"This system has no {' and no '.join(missing)}: what decodes strangers' files is less confined.",
            hint="Use Linux 5.13 or newer on x86-64 or arm64, and a container runtime that allows both.",
            id="imagelib.W003",
        )
    ]
