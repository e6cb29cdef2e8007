"""Doors as the access table writes them: how each is asked, and which letter is said of its answer."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from zipfile import ZipFile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.contracts.storage_disclosure import everything
from tests.factories import make_image
from tests.integration.access.library import Asker, Caller, Library, Subject, state, undone

METHODS = ("OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SAFE = ("OPTIONS", "GET", "HEAD")
SIGN_IN = ("/accounts/login", "/admin/login/")
SEVERAL = ("images", "tags", "add", "remove")  # fields of JSON that are lists
FILES = ("file", "files")
OF_THIS_MOMENT = re.compile(  # and what is made by chance
    r'(?<=name="csrfmiddlewaretoken" value=")\w+|(?<="undo":"http://testserver)[^"]+'
    r'|(?<="updated_at":")[^"]+|(?<=name="before" value=")[^"]+|(?<=expires=)[^;]+'
    r'|(?<="csrfToken": ")\w+|(?<=headers\["X-CSRFTOKEN"\] = ")\w+|(?<=Expires: ).+'
)
OF_BYTES = ("ETag", "Content-Length", "Date")  # of what is compared itself


@dataclass(frozen=True)
class Door:
    """A line of the table: method, address, then headers (with a capital) and fields of the body as
    `name=value`, all with the `{names}` of a Subject; and by each visibility a letter for each caller.
    """

    text: str
    cells: dict[str, str]

    @property
    def method(self) -> str:
        return self.text.split()[0]

    @property
    def address(self) -> str:
        return self.text.split()[1]

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE

    @property
    def is_list(self) -> bool:
        return bool({*"+-#"} & set("".join(self.cells.values())))

    @property
    def is_of_one(self) -> bool:
        """Whether each image is asked for by itself, and not all at once."""
        return "{" in self.text

    @property
    def is_visit(self) -> bool:
        """Whether it is one of share links, to whom these alone matter."""
        return self.address.startswith("/s/")

    def path(self, subject: Subject) -> str:
        return subject.filled(self.address, is_quoted=True)

    def ask(self, caller: Caller, subject: Subject) -> HttpResponseBase:
        """Return the answer to the caller."""
        headers, fields = {}, {}
        for word in self.text.split()[2:]:
            name, _, value = word.partition("=")
            (headers if name[0].isupper() else fields)[name] = subject.filled(value)
        for name, cookie in subject.cookies.items():
            if f"/{{{name}}}" in self.address and cookie:
                headers["Cookie"] = cookie
        return caller.generic(self.method, self.path(subject), headers=headers, **self._body(fields))

    def _body(self, fields: dict[str, str]) -> dict[str, str | bytes]:
        files = {
            name: SimpleUploadedFile("photo.jpg", make_image(seed=int(value)))
            for name, value in fields.items()
            if name in FILES
        }
        if not fields:
            return {}
        if self.address.startswith("/api/") and not files:
            said = {name: [value] if name in SEVERAL else _value(value) for name, value in fields.items()}
            return {"data": json.dumps(said), "content_type": "application/json"}
        return {"data": encode_multipart(BOUNDARY, fields | files), "content_type": MULTIPART_CONTENT}


def _value(text: str) -> object:
    return json.loads(text) if text[:1] in ("{", "[") or text.isdigit() else text


def doors(table: str, columns: tuple[str, ...]) -> Iterator[Door]:
    """Yield the doors of the table."""
    for line in table.splitlines():
        words = line.split()
        if words and words[0] in METHODS:
            text, cells = words[: -len(columns)], words[-len(columns) :]
            yield Door(" ".join(text), dict(zip(columns, cells, strict=True)))


def cells(door: Door, library: Library, name: str) -> dict[str, str]:
    """Return by each visibility the letter of table.txt for what somebody is answered, and `!` where hidden
    differs from absent. All that was changed is undone.
    """
    asker = library.asker(name)
    if door.is_list:
        return _cells_of_list(door, asker)
    with undone():
        nothing = _told(door, door.ask(asker.caller, asker.never), asker.never)
    if not door.is_of_one:
        return dict.fromkeys(asker.subjects, _cell(door, library, asker, asker.never, nothing))
    return {
        visibility: _cell(door, library, asker, subject, nothing)
        for visibility, subject in asker.subjects.items()
    }


def _cell(door: Door, library: Library, asker: Asker, subject: Subject, nothing: str) -> str:
    with undone():
        answer = door.ask(asker.caller, subject)
        status, text = _status(answer), _told(door, answer, subject)
        has_changed = not door.is_safe and state() != library.unchanged
    is_alike = text == nothing
    if has_changed:
        return "C" if status < 400 else "!"
    if _is_sign_in(answer) or status == 404:
        return "!" if not is_alike else "." if status == 404 else "L"
    if status in (401, 403):
        letter = "U" if status == 401 else "F"
        return letter if is_alike else letter.lower()
    if is_alike:
        return "0"
    if door.is_visit and _asks_for_password(door, answer, subject):
        return "!" if subject.is_traced_in(text, door.path(subject)) else "P"
    return "S" if status < 400 else {400: "V", 409: "G", 412: "V", 416: "V"}.get(status, "!")


def _asks_for_password(door: Door, answer: HttpResponseBase, subject: Subject) -> bool:
    """Whether it is the page that asks for the password of a share link, or leads there."""
    if answer.status_code == 302:
        return door.is_safe and answer["Location"] == "/".join(door.path(subject).split("/")[:3])
    return not answer.streaming and b'type="password"' in answer.content


def _cells_of_list(door: Door, asker: Asker) -> dict[str, str]:
    found = _found(door, asker)
    letters = {visibility: letter for visibility, (letter, _) in found.items()}
    hidden = [visibility for visibility, letter in letters.items() if letter != "+"]
    if _without(hidden, door, asker) != [found[visibility] for visibility in hidden]:
        for visibility in hidden:
            if _without([visibility], door, asker) != [found[visibility]]:
                letters[visibility] = "#"
    return letters


def _without(hidden: list[str], door: Door, asker: Asker) -> list[tuple[str, str]]:
    """Return what is found of these images once they are purged."""
    with undone():
        for visibility in hidden:
            asker.subjects[visibility].purge()
        return list(_found(door, asker, among=hidden).values())


def _found(door: Door, asker: Asker, among: list[str] | None = None) -> dict[str, tuple[str, str]]:
    """Return by each visibility the letter of its image, and all of the answer."""
    found, answer, text = {}, None, ""
    for visibility in asker.subjects if among is None else among:
        subject = asker.subjects[visibility]
        if door.is_of_one or answer is None:
            with undone():
                answer = door.ask(asker.caller, subject)
                text = all_of(answer)
        found[visibility] = _letter(door, answer, subject, text), text
    return found


def _letter(door: Door, answer: HttpResponseBase, subject: Subject, text: str) -> str:
    if subject.is_traced_in(text, door.path(subject)):
        return "+" if answer.status_code < 400 else "!"
    if _is_sign_in(answer):
        return "L"
    if door.is_visit and _asks_for_password(door, answer, subject):
        return "P"
    return {200: "-", 302: "-", 400: "0", 401: "U", 403: "F", 404: "."}.get(answer.status_code, "!")


def _told(door: Door, answer: HttpResponseBase, subject: Subject) -> str:
    """Return all of an answer that a client can see, in which what is named after the subject is called the
    same for each.
    """
    for name in OF_BYTES:
        if name in answer:
            answer[name] = "of the body"
    text, path = all_of(answer), door.path(subject)
    for name, value in ({"path": path} | subject.names).items():
        if not value.isdigit():  # which may be a part of anything
            text = text.replace(quote(value, safe=""), f"<{name}>").replace(value, f"<{name}>")
    return text


def all_of(answer: HttpResponseBase) -> str:
    """Return all of an answer that a client can see, but for what is of this moment alone; of an archive what
    is in it.
    """
    text = everything(answer)
    if answer.get("Content-Type") == "application/zip" and answer.streaming:
        archive = ZipFile(io.BytesIO(text[text.index("PK") :].encode("latin-1")))
        text = "\n".join(f"{name}: {archive.read(name)!r}" for name in archive.namelist())
    return OF_THIS_MOMENT.sub("", text)


def _status(answer: HttpResponseBase) -> int:
    """Return the status of an answer, or of the one result that it tells."""
    if answer.status_code == 200 and answer.get("Content-Type") == "application/json":
        results = json.loads(answer.content).get("results", ())
        if len(results) == 1 and "status" in results[0]:
            return int(results[0]["status"])
    return answer.status_code


def _is_sign_in(answer: HttpResponseBase) -> bool:
    return urlsplit(answer.get("Location", "")).path in SIGN_IN
