"""Runs management commands as their callers do: what is printed, and the exit code."""

import io
import json
from typing import NamedTuple

from django.core.management import CommandError, call_command


class Run(NamedTuple):
    """How a command ended: its exit code, its lines, and what it said when it failed."""

    code: int
    lines: list[str]
    error: str = ""

    @property
    def objects(self) -> list[dict]:
        """What a run with --json printed, the summary apart."""
        return [json.loads(line) for line in self.lines[:-1]]

    @property
    def summary(self) -> dict:
        return json.loads(self.lines[-1])["summary"]


def run(command: str, *arguments: str) -> Run:
    """Run `command` to its end in this process."""
    out = io.StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=io.StringIO())
    except CommandError as error:
        return Run(error.returncode, out.getvalue().splitlines(), str(error))
    return Run(0, out.getvalue().splitlines())
