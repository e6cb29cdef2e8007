"""What the documents say is so: every link leads somewhere, every command is one that there is.

A block of commands that cannot be checked here says why in a comment before it: `<!-- not run by the tests:
needs Docker -->`. One that a test runs names the test: `<!-- run by tests/… -->`.
"""

import ast
import importlib
import importlib.util
import re
import shlex
import tomllib
from argparse import ArgumentParser
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
from django.core.management import get_commands, load_command_class
from django.test import Client
from django.urls import resolve

from images.api.serializers import DESCRIBED
from images.api.upload_serializers import UploadSerializer
from images.catalogue.query import parse
from images.catalogue.query.fields import FIELDS
from images.catalogue.search import ImageFilter
from images.http.problems import PROBLEMS
from images.iiif.requests import RenditionSpec
from tests import BASE_DIR
from tests.documents import (
    DOCUMENTS,
    Block,
    anchors,
    blocks,
    first_column,
    links,
    prose,
    section,
    settings_variables,
)

API, OPERATING = (BASE_DIR / "docs" / name for name in ("api.md", "operating.md"))
MAKEFILE = (BASE_DIR / "Makefile").read_text()
COMPOSE = (BASE_DIR / "compose.yaml").read_text()
ORIGIN = "http://127.0.0.1:8000"

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(BASE_DIR))
)
BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]


# --- Links, names, figures that are the code's -----------------------------------------------------


@each_document
def test_every_link_leads_somewhere(document):
    for target in links(document):
        url = urlsplit(target)
        if url.scheme:
            assert url.scheme == "https", target
            assert url.netloc, target
            continue
        path = (document.parent / url.path).resolve() if url.path else document
        assert path.is_relative_to(BASE_DIR), target
        assert path.exists(), target
        assert not url.fragment or url.fragment in anchors(path), target


@each_document
def test_every_file_and_name_of_the_code_is_there(document):
    """Of what stands in backticks: paths, and dotted names, those of `images` without it."""
    text = prose(document)
    quoted = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^ {4,}.*$", text, re.M)
    ours = {path.name for path in BASE_DIR.iterdir()} - {"data"}
    rooms = {path.stem for path in (BASE_DIR / "images").iterdir()} | {"storage", "images"}
    for word in (word for words in quoted for word in re.findall(r"[\w./-]+", words)):
        first = re.split(r"[./]", word)[0]
        if "/" in word.strip("/") and first in ours and not word.startswith("/"):
            assert (BASE_DIR / word.rstrip(".")).exists(), word
        elif re.fullmatch(r"[a-z]+(\.\w+)+", word) and first in rooms and not word.endswith((".py", ".md")):
            assert is_there(word if first in ("storage", "images") else f"images.{word}"), word


def is_there(dotted: str) -> bool:
    """Whether `dotted` names a module, or what one defines."""
    parts, module = dotted.split("."), None
    while parts:
        try:
            module = importlib.import_module(".".join(parts))
            break
        except ModuleNotFoundError:
            parts.pop()
    for name in dotted.split(".")[len(parts) :]:
        module = getattr(module, name, None)
    return module is not None


def test_the_guide_lists_exactly_the_variables_that_settings_reads():
    assert sorted(first_column(section(OPERATING, "Configuration"))) == sorted(settings_variables())


@each_document
def test_every_variable_of_ours_is_read_by_something(document):
    composes = set(re.findall(r"\$\{(\w+)", COMPOSE))
    named = set(re.findall(r"\bIMAGELIB_[A-Z0-9_]+\b", document.read_text()))
    assert named <= settings_variables() | composes


def test_the_api_lists_exactly_the_problems_there_are():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", section(API, "Errors"), re.M)
    assert {code: int(status) for code, status in rows} == {
        code: status for code, (status, _) in PROBLEMS.items()
    }


def test_the_api_lists_exactly_the_parameters_of_the_list():
    listed = first_column(section(API, "List and search"))
    assert sorted(listed) == sorted([*ImageFilter.base_filters, "cursor"])


def test_the_guide_lists_exactly_the_fields_of_a_search_and_its_examples_are_searches():
    searching = section(BASE_DIR / "docs" / "using.md", "Searching")
    assert first_column(searching) == list(FIELDS)
    for row in re.findall(r"^\| `.*\| (.*) \|$", searching, re.M):
        for example in re.findall(r"`([^`]+)`", row):
            parse(example)


def test_the_readme_is_read_in_one_look_and_decisions_on_one_page():
    assert len((BASE_DIR / "README.md").read_text().splitlines()) <= 150
    for page in (BASE_DIR / "docs" / "decisions").glob("*.md"):
        assert len(page.read_text().splitlines()) < 60, page


def test_the_index_has_every_decision():
    folder = BASE_DIR / "docs" / "decisions"
    assert sorted(links(folder / "README.md")) == sorted(path.name for path in folder.glob("0*.md"))


# --- Commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_says_its_language(block):
    assert block.language in ("sh", "text", "json", "yaml")


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "sh"], ids=str)
def test_every_command_is_one_that_there_is(block, queued):
    if match := re.fullmatch(r"not run by the tests: .{5,}", block.note):
        return
    if match := re.fullmatch(r"run by (tests/\S+\.py)", block.note):
        assert str(block.document.relative_to(BASE_DIR)) in (BASE_DIR / match[1]).read_text()
        return
    assert not block.note
    for line in block.text.replace("\\\n", " ").splitlines():
        check_line(line, block)


def check_line(line: str, block: Block) -> None:
    """Check each command of a line of shell, those within $(…) too. Raises what says that one is wrong."""
    while match := re.search(r"\$\((.*?)\)(?=$|[\s\"])", line):
        check_line(match[1], block)
        line = line[: match.start()] + "0" * 64 + line[match.end() :]
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in ("|", "&&", ";"):
            check_command(words, block)
            words = []
        else:
            assert word not in ("<", ">", ">>", "(", ")"), "not understood here"
            words.append(word)


def check_command(words: list[str], block: Block) -> None:
    if words[:1] == ["export"]:
        words = words[1:]
    while words and (match := re.match(r"([A-Z][A-Z0-9_]*)=", words[0])):
        is_used = f"${match[1]}" in "".join(other.text for other in blocks(block.document))
        assert match[1] in settings_variables() or is_used, f"nothing reads {match[1]}"
        words = words[1:]
    if words:
        program, *arguments = words
        assert program in PROGRAMS, f"{program} is not known here"
        PROGRAMS[program](arguments)


def check_make(arguments: list[str]) -> None:
    for word in arguments:
        if word.startswith("ARGS="):
            check_pytest(shlex.split(word.removeprefix("ARGS=")))
        else:
            assert re.search(rf"^{re.escape(word)}:", MAKEFILE, re.M), f"no target {word}"


def check_pytest(arguments: list[str]) -> None:
    """Check the paths and marks that are handed on to pytest, or to a benchmark."""
    options = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    marks = {mark.partition(":")[0] for mark in options["markers"]}
    for before, word in zip(["", *arguments], arguments, strict=False):
        if before == "-m":
            assert set(word.split()) - {"not", "and", "or"} <= marks, f"no marks {word}"
        elif "/" in word:
            assert (BASE_DIR / word).exists(), f"no file {word}"


def check_python(arguments: list[str]) -> None:
    match arguments:
        case ["manage.py", name, *rest]:
            assert name in get_commands(), f"no command {name}"
            command = load_command_class(get_commands()[name], name)
            command.create_parser("manage.py", name).parse_args(rest)
        case ["-m", module]:
            assert importlib.util.find_spec(module), f"no module {module}"
        case ["-c", program]:
            ast.parse(program)
        case _:
            pytest.fail(f"not understood here: {arguments}")


def check_curl(arguments: list[str]) -> None:
    """Check that the address is one of ours and takes the method, the fields and the parameters."""
    parser = ArgumentParser(allow_abbrev=False)
    parser.add_argument("-X", dest="method")
    parser.add_argument("-I", dest="head", action="store_true")
    parser.add_argument("-F", dest="fields", action="append", default=[])
    for option in ("-H", "-o"):
        parser.add_argument(option, action="append")
    for option in ("-s", "-f"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("url")
    asked, unknown = parser.parse_known_args(arguments)
    assert not unknown, f"no options {unknown}"
    url = urlsplit(asked.url.replace("$ID", str(UUID(int=0))))
    assert f"{url.scheme}://{url.netloc}" == ORIGIN, "not at our address"
    match = resolve(unquote(url.path))
    default = "POST" if asked.fields else "HEAD" if asked.head else "GET"
    allowed = Client().options(url.path)["Allow"].split(", ")  # said by a 405, too
    assert (asked.method or default) in allowed, f"only {allowed} are allowed"
    fields = {field.partition("=")[0] for field in asked.fields}
    known = set(UploadSerializer.Meta.fields if match.url_name == "api-image-list" else DESCRIBED)
    assert fields <= known, f"no fields {fields - known}"
    if url.query:
        assert match.url_name == "api-image-list"
        parameters = dict(parse_qsl(url.query, strict_parsing=True))
        unknown = set(parameters) - set(ImageFilter.base_filters) - {"cursor"}
        assert not unknown, f"no parameters {unknown}"
        filters = ImageFilter(parameters)
        assert filters.is_valid(), filters.errors
    if match.url_name == "iiif-rendition":
        RenditionSpec.parse(match.kwargs["spec"])


def check_script(path: str) -> Callable[[list[str]], None]:
    """Return what checks the options of a script of ours: it has to know them."""

    def check(arguments: list[str]) -> None:
        text = (BASE_DIR / path).read_text()
        unknown = [word for word in arguments if word not in text]
        assert not unknown, f"{path} does not know {unknown}"

    return check


def anything(arguments: list[str]) -> None:
    """Nothing of it is ours."""


PROGRAMS: dict[str, Callable[[list[str]], None]] = {
    "make": check_make,
    ".venv/bin/python": check_python,
    "tests/bench/.venv/bin/python": check_python,
    "curl": check_curl,
    ".ci/run": check_script(".ci/run"),
    **dict.fromkeys(("awk", "cmp", "cut", "echo", "python3", "sha256sum"), anything),
}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("mkae run", "mkae is not known"),
        ("make rum", "no target rum"),
        ("echo $(make rum)", "no target rum"),
        ('make test ARGS="tests/units"', "no file tests/units"),
        ("make test ARGS=\"-m 'not browsers'\"", "no marks not browsers"),
        (".venv/bin/python manage.py verifystore", "no command verifystore"),
        (".venv/bin/python manage.py verifystorage --sample 5", "is no percentage"),
        (".venv/bin/python manage.py emptytrash --younger-than 30d", "unrecognized arguments"),
        (".venv/bin/python -m tests.bench.ingesting", "no module tests.bench.ingesting"),
        (".venv/bin/python -c 'import'", "invalid syntax"),
        (".ci/run --everything", "does not know"),
        ("curl https://example.org/api/v1/images", "not at our address"),
        ("curl http://127.0.0.1:8000/api/v1/image", "Resolver404"),
        ("curl -X PUT http://127.0.0.1:8000/api/v1/images", "are allowed"),
        ("curl -X POST http://127.0.0.1:8000/api/v1/images/$ID/file", "are allowed"),
        ("curl -F flie=@photo.jpg http://127.0.0.1:8000/api/v1/images", "no fields {'flie'}"),
        ('curl "http://127.0.0.1:8000/api/v1/images?serach=harbour"', "no parameters {'serach'}"),
        ('curl "http://127.0.0.1:8000/api/v1/images?orientation=round"', "not one of the available"),
        ("curl http://127.0.0.1:8000/iiif/3/$ID/full/tiny/0/default.webp", "A size is"),
        ("curl --upload http://127.0.0.1:8000/", "no options"),
        ("export IMAGELIB_STORE=s3", "nothing reads IMAGELIB_STORE"),
        ("make run > log", "not understood"),
    ],
)
def test_a_command_that_there_is_not_is_found(line, reason):
    with pytest.raises(Exception) as found:  # noqa: PT011 each check has its own
        check_line(line, Block(BASE_DIR / "README.md", "sh", line, ""))
    assert reason in repr(found.value)
