"""What exiftool, which knows more places for metadata than any other reader, finds in a file."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.servers.machine import need


def tags(files: Mapping[str, bytes], folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Return, by name, what exiftool reads in each of `files`, written to `folder` first: values by group and
    tag, unknown tags and all of several too. Skips the test where exiftool is not installed.
    """
    program = shutil.which("exiftool")
    need("exiftool", program, "what another reader finds in a file")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    command = [str(program), "-j", "-G1", "-a", "-u", "-ee", *options, str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = json.loads(ended.stdout)
    return {Path(one["SourceFile"]).name: one for one in found}


def read(data: bytes, *names: str) -> dict[str, Any]:
    """Return the values of these tags (all when none are named) by group and tag, as they are."""
    said = _run(data, "-json", "-G1", "-n", "-a", *(f"-{name}" for name in names), "-")
    (found,) = json.loads(said)
    return {name: value for name, value in found.items() if name != "SourceFile"}


def write(data: bytes, *options: str) -> bytes:
    """Return the file with what `options` set."""
    return _run(data, "-q", "-q", *options, "-o", "-", "-")


def _run(data: bytes, *options: str) -> bytes:
    program = shutil.which("exiftool")
    need("exiftool", program, "what another reader finds in a file")
    return subprocess.run([str(program), *options], input=data, stdout=subprocess.PIPE, timeout=300).stdout
