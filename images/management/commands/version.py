"""version: what runs here, for a report of a fault. Names no host and no bucket."""

import platform
import sqlite3
from importlib import metadata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connection


class Command(BaseCommand):
    help = "Print the version of imagelib, of what it runs on, and the kind of its storage."
    requires_system_checks = ()  # it says most where something is wrong

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"imagelib {settings.IMAGELIB_VERSION}")
        self.stdout.write(f"Django {metadata.version('django')}")
        self.stdout.write(f"Python {platform.python_version()}")
        self.stdout.write(f"Pillow {metadata.version('pillow')}")
        self.stdout.write(_database())
        self.stdout.write(f"storage: {settings.IMAGELIB_STORAGE}")


def _database() -> str:
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    try:
        major, minor = divmod(connection.pg_version, 10_000)  # type: ignore[attr-defined]  # PostgreSQL's has it
    except DatabaseError:
        return "PostgreSQL, which cannot be reached"
    return f"PostgreSQL {major}.{minor}"
