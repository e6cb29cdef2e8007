"""copyobjects: copy what is stored from a folder into the store, or out of it into one."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from images.maintenance.copying import copy_objects, count_lacking
from images.management.arguments import count
from images.management.reporting import Problems, ReportingCommand
from storage import get_storage
from storage.errors import StorageUnavailable
from storage.local_backend import LocalStorageBackend


class Command(ReportingCommand):
    help = (
        "Copy objects between a folder, such as data/objects, and the store that the settings name: a folder "
        "moves into a bucket, or a bucket has a copy on a disk. What is there already is left alone, so it "
        "can be interrupted and run again. Each object is verified on its way; nothing is deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument(
            "--from", dest="source", type=Path, metavar="FOLDER", help="copy from it into the store"
        )
        way.add_argument(
            "--to", dest="target", type=Path, metavar="FOLDER", help="copy from the store into it"
        )
        parser.add_argument("--jobs", type=count, default=4, metavar="N", help="at once (default: 4)")

    def handle(self, *, source: Path | None, target: Path | None, jobs: int, **options: Any) -> None:
        store, folder = get_storage(), self.folder(source or target or Path())
        here, there = (folder, store) if source else (store, folder)
        try:
            here.check()
        except StorageUnavailable:
            if here is store:
                raise
            raise CommandError(
                f"{source} has no objects: of a library it is the folder `objects`.", returncode=2
            ) from None
        there.prepare()
        copied = size = gone = damaged = 0
        for each in self.track(copy_objects(here, there, jobs), "Copied", count_lacking(here, there)):
            copied, size = copied + each.is_copied, size + each.size * each.is_copied
            gone += not (each.is_copied or each.is_damaged)
            if each.is_damaged:
                damaged += 1
                self.report(f"wrong_hash: {each.key}", problem="wrong_hash", key=each.key)
        self.summarize(
            f"Copied: {copied} objects, {size} bytes.", copied=copied, bytes=size, gone=gone, damaged=damaged
        )
        if damaged:
            raise Problems(f"{damaged} objects are damaged where they were, and were not copied.")

    def folder(self, path: Path) -> LocalStorageBackend:
        own = get_storage().folder()
        if own and own.resolve() == path.resolve():
            raise CommandError(f"{path} is the library's own folder.", returncode=2)
        return LocalStorageBackend(path)
