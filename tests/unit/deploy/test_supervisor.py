"""What runs the server with a worker beside it says what happens in the form that the log has."""

import json
import logging
import subprocess
import sys
from datetime import datetime

import pytest

from imagelib import supervisor
from images.http.logs import Json, Text
from tests import BASE_DIR

# `cat` serves until its input ends.
SUPERVISING = """
import os, sys
from imagelib import supervisor
supervisor.WORKER, supervisor.server = ["false"], lambda descriptor: ["cat"]
supervisor.log_as(sys.argv[1])
sys.exit(supervisor.supervise(os.open(os.devnull, os.O_RDONLY)))
"""


def line(log_format: str) -> str:
    """Return what it says of a worker that ends."""
    command = [sys.executable, "-c", SUPERVISING, log_format]
    with subprocess.Popen(
        command, cwd=BASE_DIR, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        said = process.stderr.readline()
        process.stdin.close()
        assert process.wait(20) == 0
    return said


def test_as_text_it_is_a_line_like_all_others():
    date, time, rest = line("text").split(" ", 2)
    assert datetime.fromisoformat(f"{date} {time}")
    assert rest == "WARNING imagelib.supervisor: The worker ended (1); another follows.\n"


def test_as_json_it_is_an_object_like_all_others():
    said = json.loads(line("json"))
    assert datetime.fromisoformat(said.pop("time")).tzinfo
    assert said == {
        "level": "WARNING",
        "logger": "imagelib.supervisor",
        "message": "The worker ended (1); another follows.",
    }


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_its_form_is_that_of_the_server(settings, log_format):
    record = logging.LogRecord("imagelib.supervisor", logging.WARNING, "", 0, "ended (%s)", (-9,), None)
    forms = {"text": Text(settings.LOGGING["formatters"]["line"]["fmt"]), "json": Json()}
    assert supervisor.form_of(log_format).format(record) == forms[log_format].format(record)
