"""What exiftool, Debian's libimage-exiftool-perl, reads in a file, and writes into one."""

import json
import subprocess
from typing import Any


def read(data: bytes, *tags: str) -> dict[str, Any]:
    """Return the values of `tags` (all when none are named) as `group:name`, untranslated."""
    command = ["exiftool", "-json", "-G1", "-n", "-a", *(f"-{tag}" for tag in tags), "-"]
    (found,) = json.loads(subprocess.run(command, input=data, stdout=subprocess.PIPE, check=False).stdout)
    return {name: value for name, value in found.items() if name != "SourceFile"}


def write(data: bytes, *options: str) -> bytes:
    """Return the file with what `options` set."""
    command = ["exiftool", "-q", "-q", *options, "-o", "-", "-"]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def complaints(data: bytes) -> list[str]:
    """Return what it finds wrong with how the metadata of a file is put together."""
    command = ["exiftool", "-validate", "-warning", "-error", "-a", "-s3", "-"]
    said = subprocess.run(command, input=data, stdout=subprocess.PIPE, text=True, check=False).stdout
    return [line for line in said.splitlines() if line != "OK"]
