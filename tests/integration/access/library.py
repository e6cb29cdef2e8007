"""The library of the access table: an image of each visibility, all that could lead to it, and who asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client

from images.catalogue.trash import purge, trash
from images.models import AlbumEntry, Change, Favourite, Image, ShareLink, Tag

# A word of its own for each: title, file name, author, tag, camera and month say it, and nothing else does.
WORDS = {"public": "zephyr", "unlisted": "quokka", "private": "mistral", "trashed": "thimble"}
COUNTED = (Change, Favourite, AlbumEntry, Tag, Image)


class Caller(Client):
    """A client that keeps no cookie of an answer, and no copy of what a template was given: those take as
    long as all the rest.
    """

    def request(self, **request: Any) -> HttpResponseBase:
        return self.handler(self._base_environ(**request))


@dataclass
class Subject:
    """What the doors are asked for in one column of the table: how `names` of addresses are filled in, and
    the `traces` by which a list has it.
    """

    names: dict[str, str]
    traces: tuple[str, ...] = ()
    cookies: dict[str, str] = field(default_factory=dict)  # by the name that the address has of a share link

    def filled(self, text: str, *, is_quoted: bool = False) -> str:
        """Return `text` with the names in braces filled in."""
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", quote(value, safe="") if is_quoted else value)
        return text

    def is_traced_in(self, text: str, address: str) -> bool:
        """Whether an answer says anything by which this is known, but for what the address said itself."""
        return any(trace in text for trace in self.traces if trace not in address)

    def purge(self) -> None:
        """Let its image be gone for good."""
        image = Image.objects.get(pk=self.names["id"])
        if not image.deleted_at:
            trash(image)
        purge(image)


@dataclass(frozen=True)
class Asker:
    """Somebody with what they ask for, and for what never was."""

    caller: Caller
    subjects: dict[str, Subject]
    never: Subject


@dataclass
class Library:
    """The subjects by their visibility, one that `never` was, and the client of each caller, or what each
    visitor of share links knows of the subjects.
    """

    never: Subject
    subjects: dict[str, Subject] = field(default_factory=dict)
    clients: dict[str, Caller] = field(default_factory=dict)
    visits: dict[str, dict[str, Subject]] = field(default_factory=dict)  # the subjects of each visitor

    def asker(self, name: str) -> Asker:
        """Return the caller, or the visitor of share links, of this name."""
        if name in self.visits:
            return Asker(Caller(), self.visits[name], self.never)
        return Asker(self.clients[name], self.subjects, self.never)

    @cached_property
    def unchanged(self) -> list[Any]:
        return state()


def state() -> list[Any]:
    """Return what differs once somebody changed something."""
    tables = (model._meta.db_table for model in COUNTED)
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)  # noqa: S608  no one else's names
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        return [
            cursor.fetchone(),
            *Image.objects.order_by("pk").values_list("pk", "visibility", "deleted_at"),
            *ShareLink.objects.order_by("pk").values_list("pk", "note", "revoked_at"),
        ]


@contextmanager
def undone() -> Iterator[None]:
    """A transaction that is undone at its end; ingest takes the one within it for the outermost, as it does
    in Django's TestCase.
    """
    atomic = transaction.atomic()
    atomic._from_testcase = True
    with atomic:
        yield
        transaction.set_rollback(True)
