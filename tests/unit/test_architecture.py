"""The import contract: which room may know which, and who may import what is dear or dangerous."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests import BASE_DIR

# The rooms and single modules of `images`, the highest first. Each may import what lies lower and itself;
# those of one layer do not know each other.
LAYERS = [
    {"apps", "admin", "management", "templatetags"},
    {"pages", "api", "serving", "maintenance", "tasks"},
    {"ingest"},
    {"renditions", "accounts"},
    {"catalogue", "http"},
    {"models", "iiif"},
    {"imaging", "concurrency"},
    {"errors", "text"},
]
DEPTH = {room: depth for depth, layer in enumerate(LAYERS) for room in layer}

# Where a package may be imported; everywhere else it is unknown.
ONLY = {
    "boto3": ["storage/s3_client.py"],
    "botocore": ["storage/s3_"],
    "storages": ["storage/s3_client.py"],
    "urllib3": ["storage/s3_"],
    # Of the standard library, whose client asks others than the store.
    "http": ["images/ingest/fetching/", "images/catalogue/caches.py"],
    "ssl": ["images/ingest/fetching/"],
    "django_tasks_db": ["images/tasks/", "images/admin/tasks.py"],  # all else knows Django's Tasks API alone
    "PIL": ["images/imaging/", "images/ingest/samples/"],
    "rest_framework": [
        *("images/api/", "images/http/", "images/accounts/", "imagelib/urls.py"),
    ],
}
NEVER = {
    "django": [
        "images/imaging/",
        "images/iiif/",
        "images/catalogue/query/",
        "images/errors.py",
        "images/text.py",
    ],
    "storage": [
        *("images/imaging/", "images/iiif/", "images/concurrency/", "images/errors.py", "images/text.py"),
    ],
}


def sources(package: str) -> list[Path]:
    found = [path for path in (BASE_DIR / package).rglob("*.py") if "migrations" not in path.parts]
    return sorted(path.relative_to(BASE_DIR) for path in found)


def imported(path: Path) -> set[str]:
    """Return the dotted names that a file imports, those inside functions too."""
    names = set()
    for node in ast.walk(ast.parse((BASE_DIR / path).read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide what is known"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def room_of(path: Path) -> str:
    """Return the room of a file below `images`, or its own name when it lies in none."""
    return path.parts[1].removesuffix(".py")


def modules() -> list[Path]:
    return [path for path in sources("images") if path != Path("images/__init__.py")]


@pytest.mark.parametrize("path", modules(), ids=str)
def test_a_room_imports_only_what_lies_below_it(path):
    own = room_of(path)
    others = {name.split(".")[1] for name in imported(path) if name.startswith("images.")} - {own}
    assert {other for other in others if DEPTH[other] <= DEPTH[own]} == set()


def test_every_room_has_a_layer_and_every_layer_is_there():
    assert {room_of(path) for path in modules()} == set(DEPTH)


def test_the_map_of_the_library_names_every_room_and_imports_nothing():
    tree = ast.parse((BASE_DIR / "images/__init__.py").read_text())
    assert [type(node) for node in tree.body] == [ast.Expr]
    named = {
        line.split()[0].strip("/").removesuffix(".py")
        for line in ast.get_docstring(tree).splitlines()[2:]
        if line
    }
    assert set(DEPTH) <= named


@pytest.mark.parametrize("path", sources("storage"), ids=str)
def test_storage_knows_nothing_of_the_library(path):
    assert packages(path).isdisjoint({"images", "imagelib", "rest_framework"})


@pytest.mark.parametrize("package", ONLY)
def test_what_is_dear_is_imported_where_it_belongs(package):
    everywhere = sources("images") + sources("storage") + sources("imagelib")
    importers = [str(path) for path in everywhere if package in packages(path)]
    assert [name for name in importers if not name.startswith(tuple(ONLY[package]))] == []


@pytest.mark.parametrize("package", NEVER)
def test_what_a_room_does_not_know_is_not_imported_there(package):
    rooms = tuple(NEVER[package])
    assert [
        path for path in sources("images") if str(path).startswith(rooms) and package in packages(path)
    ] == []


@pytest.mark.parametrize("room", ["images/iiif", "images/catalogue/query"])
def test_a_grammar_loads_neither_django_nor_what_draws(room):
    names = ", ".join(".".join(path.with_suffix("").parts) for path in sources(room))
    script = f"import sys, {names}; print({{'django', 'PIL', 'storage'}} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("set()\n", "")


def test_serving_over_http_sees_no_model_and_no_storage():
    names = imported(Path("images/serving/responses.py"))
    assert {name for name in names if name.startswith(("images.", "storage"))} <= {
        "images.errors.RangeNotSatisfiable",
        "images.http.caching.NOINDEX",
        "images.http.conditions.is_known",
    }
