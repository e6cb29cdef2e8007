"""ReportingCommand: what commands do before they begin."""

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from images.management import reporting
from images.management.reporting import ReportingCommand

REFUSED = "No lock would hold."


class Asking(ReportingCommand):
    def handle(self, **options) -> None:
        raise AssertionError("it began")


def ended(command: ReportingCommand, **options) -> tuple[int, str]:
    with pytest.raises(CommandError) as raised:
        call_command(command, skip_checks=False, **options)
    return raised.value.returncode, str(raised.value)


def away() -> str:
    raise OperationalError("connection failed\nand more")


def test_where_no_lock_would_hold_it_does_not_begin(monkeypatch):
    monkeypatch.setattr(reporting, "refusal", lambda: REFUSED)
    assert ended(Asking()) == (2, REFUSED)


def test_a_database_that_is_away_is_one_sentence(monkeypatch):
    monkeypatch.setattr(reporting, "refusal", away)
    assert ended(Asking()) == (2, "connection failed")
