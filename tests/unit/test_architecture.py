"""Imports point one way, from the faces of the library down to its keys and bytes."""

import ast
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parents[2]

# Modules of `images` from the ground up: each may import only those before it, and `storage`.
FLOORS = [
    *("imaging.formats", "serving.responses", "ingest.samples", "imaging.metadata", "imaging.inspection"),
    *("imaging.rendering", "imaging.sandbox", "concurrency.locks", "concurrency.threads"),
    *("iiif.requests", "iiif.pyramid"),
    *("models", "catalogue.access", "catalogue.search", "catalogue.figures", "admin.credentials"),
    *("http.health", "renditions.store", "renditions.prerendering", "ingest.pipeline"),
    *("maintenance.verification", "maintenance.manifest", "ingest.folders", "maintenance.restoring"),
    *("pages.pictures", "pages.embeds", "http.problems", "http.limits", "http.middleware", "serving.views"),
    *("templatetags.pages", "templatetags.dashboard", "catalogue.cursors", "api.serializers", "api.schema"),
    *("api.schema_of_bytes", "catalogue.curation", "pages.forms", "pages.notices", "pages.uploads"),
    *("api.viewsets", "pages.gallery", "admin.images", "management"),
]

# Who may import what is dear or dangerous.
ONLY = {
    "boto3": {"storage/s3_backend.py"},
    "botocore": {"storage/s3_backend.py"},
    "storages": {"storage/s3_backend.py"},
    "PIL": {"images/imaging/inspection.py", "images/imaging/rendering.py", "images/ingest/samples"},
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


def floor_of(module: str) -> str | None:
    """Return the entry of FLOORS that a dotted name below `images` belongs to; none for a room itself."""
    parts = module.split(".")
    return next((name for n in (1, 2) if (name := ".".join(parts[:n])) in FLOORS), None)


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts[1:]).removesuffix(".__init__")


@pytest.mark.parametrize("path", [p for p in sources("images") if p.name != "__init__.py"], ids=str)
def test_a_module_imports_only_what_lies_below_it(path):
    own = floor_of(module_of(path))
    others = {floor_of(name.removeprefix("images.")) for name in imported(path) if name.startswith("images.")}
    assert [other for other in others - {own, None} if FLOORS.index(other) >= FLOORS.index(own)] == []


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
        name
        for name in imported(Path("images/serving/responses.py"))
        if name.startswith(("images", "storage"))
    ]


def test_the_floors_are_those_there_are():
    there = {floor_of(module_of(path)) for path in sources("images") if path.name != "__init__.py"}
    assert there == set(FLOORS)
