"""A worker asks whether its locks hold before it does anything."""

import threading
from contextlib import suppress

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from images.tasks import worker

REFUSED = "No lock would hold."


class Begun(Exception):
    """It is at its first task."""


@pytest.fixture
def answers(monkeypatch) -> list[str | Exception]:
    """What the database says next, or how it fails."""
    answers: list[str | Exception] = []

    def refusal() -> str:
        if isinstance(answer := answers.pop(0), Exception):
            raise answer
        return answer

    def begin(name: str) -> int:
        raise Begun

    monkeypatch.setattr(worker, "refusal", refusal)
    monkeypatch.setattr(worker, "REST_SECONDS", 0)
    monkeypatch.setattr(worker, "do_next", begin)
    monkeypatch.setattr(worker.snapshots, "start", lambda *args: None)
    monkeypatch.setattr(worker.signal, "sigtimedwait", lambda *args: None)
    return answers


def worked() -> str | None:
    """Return why it did not begin; None when it did. In a thread, whose signals it may block."""
    told: list[str] = []

    def run() -> None:
        with suppress(Begun):
            told.append(worker.work())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return told[0] if told else None


def test_where_no_lock_would_hold_it_does_nothing(answers):
    answers.append(REFUSED)
    assert worked() == REFUSED


def test_a_database_that_is_away_is_asked_again_before_the_first_task(answers, caplog):
    answers += [OperationalError("connection failed\nand more"), OperationalError("and again"), REFUSED]
    assert worked() == REFUSED
    said = [record.getMessage().partition(": ")[2] for record in caplog.records]
    assert said == ["connection failed", "and again"]


def test_it_is_asked_once(answers):
    answers += [OperationalError("connection failed"), ""]
    assert worked() is None
    assert answers == []


def test_the_command_says_so_and_ends_with_an_error(monkeypatch):
    from images.management.commands import worker as command

    monkeypatch.setattr(command, "hide_process", lambda: None)
    monkeypatch.setattr(command, "work", lambda: REFUSED)
    with pytest.raises(CommandError, match=REFUSED) as raised:
        call_command("worker")
    assert raised.value.returncode == 1
