"""Imports point one way, from the faces of the library down to its keys and bytes."""

import ast
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parents[2]

# Modules of `images` from the ground up: each may import only those before it, and `storage`.
FLOORS = [
    *("formats", "serving", "samples", "metadata", "inspection", "rendering", "sandbox", "locks", "parallel"),
    *("iiif", "pyramid"),
    *("models", "access", "search", "dashboard", "credentials", "health"),
    *("renditions", "prerendering", "ingest", "maintenance", "manifest", "importing", "restoring"),
    *("pictures", "embeds", "errors", "throttling", "middleware", "files"),
    *("templatetags", "pagination", "serializers", "schema", "schema_bytes"),
    *("selection", "forms", "notices", "uploads"),
    *("api", "views", "admin", "management"),
]

# Who may import what is dear or dangerous.
ONLY = {
    "boto3": {"storage/s3_backend.py"},
    "botocore": {"storage/s3_backend.py"},
    "storages": {"storage/s3_backend.py"},
    "PIL": {"images/inspection.py", "images/rendering.py", "images/samples"},
}


def sources(package: str) -> list[Path]:
    found = [path for path in (BASE_DIR / package).rglob("*.py") if "migrations" not in path.parts]
    return [path.relative_to(BASE_DIR) for path in found]


def imported(path: Path) -> set[str]:
    """Return the dotted names that a file imports, those inside functions too."""
    names = set()
    for node in ast.walk(ast.parse((BASE_DIR / path).read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def floor_of(module: str) -> int:
    return FLOORS.index(module)


@pytest.mark.parametrize("path", sources("images"), ids=str)
def test_a_module_imports_only_what_lies_below_it(path):
    if path.name == "__init__.py" and len(path.parts) == 2:
        assert imported(path) == set()
        return
    own = path.parts[1].removesuffix(".py")
    others = {name.split(".")[1] for name in imported(path) if name.startswith("images.")} - {own}
    assert [other for other in others if floor_of(other) >= floor_of(own)] == []


@pytest.mark.parametrize("path", sources("storage"), ids=str)
def test_storage_knows_nothing_of_the_library(path):
    assert {name.split(".")[0] for name in imported(path)}.isdisjoint(
        {"images", "imagelib", "rest_framework"}
    )


@pytest.mark.parametrize("package", ONLY)
def test_what_is_dear_is_imported_in_one_place(package):
    importers = {
        str(path)
        for path in sources("images") + sources("storage") + sources("imagelib")
        if package in {name.split(".")[0] for name in imported(path)}
    }
    assert [name for name in importers if not name.startswith(tuple(ONLY[package]))] == []


def test_serving_sees_no_model_and_no_storage():
    assert not [
        name for name in imported(Path("images/serving.py")) if name.startswith(("images", "storage"))
    ]


def test_the_floors_are_those_there_are():
    there = {path.parts[1].removesuffix(".py") for path in sources("images")} - {"__init__"}
    assert there == set(FLOORS)
