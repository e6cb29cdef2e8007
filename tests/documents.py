"""What people read, as text: README and docs/, their sections, links and blocks of commands."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from tests import BASE_DIR

DOCUMENTS = sorted([*BASE_DIR.glob("*.md"), *(BASE_DIR / "docs").rglob("*.md")])

_FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.M)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and what the comment just before it says."""

    document: Path
    language: str
    text: str
    note: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(BASE_DIR)}: {self.text.partition(chr(10))[0]}"


def blocks(path: Path) -> list[Block]:
    """Return the fenced blocks of a document."""
    found = _FENCE.finditer(path.read_text())
    return [Block(path, match["language"], match["text"], match["note"] or "") for match in found]


def run_by(test: str, document: str) -> list[str]:
    """Return the blocks of a document that say they are run by the test in this file."""
    note = f"run by {Path(test).relative_to(BASE_DIR)}"
    return [block.text for block in blocks(BASE_DIR / document) if block.note == note]


def prose(path: Path) -> str:
    """Return a document without its fenced blocks."""
    return _FENCE.sub("", path.read_text())


def links(path: Path) -> list[str]:
    """Return the targets of a document's links and pictures."""
    return [match["target"] for match in _LINK.finditer(re.sub(r"`[^`\n]*`", "code", prose(path)))]


def anchors(path: Path) -> set[str]:
    """Return what a link may name after its #: the headings, as GitHub writes them."""
    titles = (re.sub(r"[^\w\- ]", "", title.lower()) for title in _HEADING.findall(prose(path)))
    return {title.replace(" ", "-") for title in titles}


def section(path: Path, title: str) -> str:
    """Return the text of a document below the heading `## title`, up to the next of its rank."""
    return path.read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_column(text: str) -> list[str]:
    """Return the names in the first cell of each row of the tables in `text`, those in backticks."""
    cells = re.findall(r"^\| (`.*?) \|", text, re.M)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def settings_variables() -> set[str]:
    """Return the names of the variables that settings.py reads."""
    calls = [
        node
        for node in ast.walk(ast.parse((BASE_DIR / "imagelib" / "settings.py").read_text()))
        if isinstance(node, ast.Call) and re.fullmatch(r"env(\.\w+)?|_whole_number", ast.unparse(node.func))
    ]
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
