"""ReportingCommand: what the maintenance commands share."""

import json
import traceback
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError

from images.concurrency.sessions import refusal
from images.errors import Busy
from images.management.progress import Progress
from storage.errors import StorageError

Item = TypeVar("Item")


class ReportingCommand(BaseCommand):
    """Prints a line for everything there is to tell and one that sums it up; objects with --json.

    Exit codes: 0 all is well; 1 it went to its end and found problems; 2 it could not; 130 interrupted.
    """

    _progress: Progress | None = None
    _facts: IO[str] | None = None

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        parser = super().create_parser(*args, **options)
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object a line, the summary last"
        )
        parser.add_argument(
            "--facts", type=Path, metavar="FILE", help="write the summary to this file too, as a JSON object"
        )
        parser.add_argument(
            "--progress-fd", type=int, metavar="N", help="keep how far it is in this open file, in one line"
        )
        return parser

    def check(self, *args: Any, **options: Any) -> None:
        super().check(*args, **options)
        if sentence := refusal():
            raise Unfinished(sentence)

    def execute(self, *args: Any, **options: Any) -> None:
        self.as_json, facts = options["json"], options["facts"]
        self._progress_file = options["progress_fd"]
        try:
            with facts.open("w") if facts else nullcontext() as self._facts:  # first: nobody works in vain
                super().execute(*args, **options)
        except StorageError as error:
            raise Unfinished(f"{error} The log above says why.") from None
        except (DatabaseError, OSError, Busy) as error:
            raise Unfinished(str(error).partition("\n")[0]) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted; it can be run again.", returncode=130) from None
        except CommandError:
            raise
        except Exception as error:  # a fault of ours, which is not to be taken for problems that were found
            traceback.print_exc(file=self.stderr)
            raise Unfinished(f"A fault of the program: {type(error).__name__}. The log has more.") from None

    def track(self, items: Iterable[Item], verb: str, total: int) -> Iterator[Item]:
        """Yield the items, and show the progress of whoever takes them."""
        self._progress = Progress(self.stderr, verb, total, self._progress_file)
        return self._progress.track(items)

    def report(self, line: str, **facts: Any) -> None:
        """Print one finding."""
        if self._progress:
            self._progress.clear()
        self.stdout.write(json.dumps(facts, default=str) if self.as_json else line)

    def summarize(self, line: str, **facts: Any) -> None:
        """Print what it all comes to."""
        if self._facts:
            json.dump(facts, self._facts, default=str)
        self.report(line, summary=facts)


class Problems(CommandError):
    """The command went to its end, and not all is well. (Django prints the name of the class as well.)"""

    def __init__(self, message: str):
        super().__init__(message, returncode=1)


class Unfinished(CommandError):
    """The command could not do what it was asked."""

    def __init__(self, message: str):
        super().__init__(message, returncode=2)
