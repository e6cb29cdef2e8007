"""The scripts of the pages: ES modules, sent as they lie here, so no build finds what is wrong with one."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import BASE_DIR
from tests.servers.machine import find_program, need

STATIC = BASE_DIR / "images" / "static"
SCRIPTS = {path: path.read_text() for path in sorted(STATIC.rglob("*.js"))}
TEMPLATES = {path: path.read_text() for path in sorted((BASE_DIR / "templates").rglob("*.html"))}

IMPORT = re.compile(r'^import \{ (.+) \} from "(\..+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
WORKER = re.compile(r'new Worker\(new URL\("([^"]+)", import\.meta\.url\)\)')
LOADED = re.compile(r"""<script type="module" src="\{% static ['"](images/[^'"]+)['"] %\}"></script>""")

# Where it is written; every other script asks that module.
ONLY = {
    "modifier keys": (r"metaKey", "keys.js"),
    "the direction of reading": (r"documentElement\.dir\b", "keys.js"),
    "requests": (r"(?<!\.)\bfetch\((?!\w*\) \{)|XMLHttpRequest|DOMParser", "request.js"),
    "pictures of chosen files": (r"createObjectURL", "picture.js"),
    "what is announced": (r"\.announcer\b", "announcer.js"),
}
NEVER = {
    "traces of debugging": r"\bconsole\.|\bdebugger\b",
    "one parameter of an arrow in parentheses": r"(?<![\w\])])\(\w+\) =>",
    # But for the two that name elements: many a browser in use has no property for these.
    "ARIA by attribute": r'setAttribute\("(?:aria-(?!controls|activedescendant)|role)',
    "exported functions without a contract": r"(?<! \*/\n)^export (?:async )?function",
}


def imports(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield each name that a script imports, with the file it comes from."""
    for names, source in IMPORT.findall(SCRIPTS[path]):
        for name in names.split(", "):
            yield (path.parent / source).resolve(), name


def exports(path: Path) -> set[tuple[Path, str]]:
    return {(path, name) for name in EXPORT.findall(SCRIPTS[path])}


def loaded() -> set[Path]:
    """Return the scripts that templates name."""
    return {STATIC / name for text in TEMPLATES.values() for name in LOADED.findall(text)}


def workers() -> set[Path]:
    """Return the scripts that others run beside the page."""
    return {(path.parent / name).resolve() for path, text in SCRIPTS.items() for name in WORKER.findall(text)}


def places(pattern: str, texts: dict[Path, str]) -> list[str]:
    return [
        f"{path.relative_to(BASE_DIR)}:{text.count(chr(10), 0, match.start()) + 1}"
        for path, text in texts.items()
        for match in re.finditer(pattern, text, re.MULTILINE)
    ]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(STATIC / "images")))
def test_a_script_parses_as_a_module(path):
    node = find_program("node")
    need("Node.js", node, "whether every script parses as an ES module")
    command = [node, "--check", "--input-type=module"]
    parsed = subprocess.run(command, input=SCRIPTS[path], capture_output=True, text=True)
    assert (parsed.returncode, parsed.stderr) == (0, "")


def test_every_import_finds_its_file_and_its_name():
    there = set().union(*map(exports, SCRIPTS))
    assert [name for path in SCRIPTS for name in imports(path) if name not in there] == []


def test_imports_and_exports_are_written_in_the_one_way_that_is_read_here():
    written = "".join(SCRIPTS.values())
    assert len(re.findall(r"^import\b|\bimport\(", written, re.MULTILINE)) == len(IMPORT.findall(written))
    assert len(re.findall(r"^export\b", written, re.MULTILINE)) == len(EXPORT.findall(written))


def test_every_exported_name_is_imported_somewhere():
    used = {name for path in SCRIPTS for name in imports(path)}
    assert set().union(*map(exports, SCRIPTS)) - used == set()


def test_every_script_is_loaded_by_a_template_or_imported_or_a_worker():
    imported = {source for path in SCRIPTS for source, _ in imports(path)}
    assert loaded() | imported | workers() == set(SCRIPTS)


def test_templates_hold_no_script_of_their_own():
    """Not even one attribute: the content security policy would not run it."""
    tags = sum(text.count("<script") for text in TEMPLATES.values())
    assert tags == sum(len(LOADED.findall(text)) for text in TEMPLATES.values())
    assert places(r"(?i)\son[a-z]+\s*=|javascript:", TEMPLATES) == []


@pytest.mark.parametrize(("pattern", "home"), ONLY.values(), ids=ONLY)
def test_what_has_a_module_is_written_there_alone(pattern, home):
    written = {place.rpartition(":")[0] for place in places(pattern, SCRIPTS)}
    assert written == {f"images/static/images/{home}"}


@pytest.mark.parametrize("pattern", NEVER.values(), ids=NEVER)
def test_no_script_has(pattern):
    assert places(pattern, SCRIPTS) == []
