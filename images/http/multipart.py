"""File names that Django's parser of forms does not take: long ones, and those that are not in UTF-8.

It refuses a head that is longer than 1 KiB, and skips a part whose head is no UTF-8, as if no file had been
sent. There is no setting for it, and no class of it to replace: its function that reads a head is wrapped.
"""

from typing import Any

from django.http import multipartparser

LONGEST_HEAD = 4096  # bytes: a name of 255 characters, each of four bytes and percent-encoded, is 3 kB
MOST_SEMICOLONS = 16  # of a long head: to read one takes the square of them
PARSED = 2**14  # bytes: the longest head once it is in UTF-8

_read_head = multipartparser.parse_boundary_stream  # type: ignore[attr-defined]  # which the stubs leave out


def take_every_name() -> None:
    """Have forms be read with `read_head`."""
    multipartparser.parse_boundary_stream = read_head  # type: ignore[attr-defined]  # as above


def read_head(stream: Any, max_header_size: int) -> Any:
    """Do what Django's parse_boundary_stream does, of a part whose head may be long and in any charset."""
    chunk = stream.read(LONGEST_HEAD)
    head, end, body = chunk.partition(b"\r\n\r\n")
    if end and head.count(b";") <= MOST_SEMICOLONS:
        chunk = _in_utf8(head) + end + body
        max_header_size = PARSED
    stream.unget(chunk)
    return _read_head(stream, max_header_size)


def _in_utf8(head: bytes) -> bytes:
    try:
        head.decode()
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace").encode()  # Latin-1 and what Windows adds to it
    return head
