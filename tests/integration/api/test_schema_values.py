"""What the OpenAPI document says of values is what the code takes, and no less."""

import json
import os
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uritemplate import variables

from images.catalogue.search import ImageFilter
from images.errors import InvalidSpec
from images.iiif.information import information
from images.iiif.requests import Region, RenditionSpec, Size
from tests import BASE_DIR
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image
from tests.servers.application import UNSET

DERIVED = "/iiif/3/{id}/{region}/{size}/{rotation}/{quality}.{format}"


@pytest.fixture(scope="module")
def schema() -> dict:
    return client_of().get("/api/schema?format=json").json()


@pytest.fixture(scope="module")
def patterns(schema) -> dict[str, re.Pattern]:
    """The patterns of a derived image's address, by the name of the part."""
    parameters = schema["paths"][DERIVED]["get"]["parameters"]
    return {
        one["name"]: re.compile(one["schema"]["pattern"]) for one in parameters if "pattern" in one["schema"]
    }


def test_every_id_is_a_uuid(schema):
    ids = [
        parameter["schema"]
        for path, operations in schema["paths"].items()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "id"
    ]
    assert len(ids) >= 10
    assert all(one == {"type": "string", "format": "uuid"} for one in ids)
    assert schema["components"]["schemas"]["Image"]["properties"]["id"]["format"] == "uuid"


def test_every_variable_of_an_address_is_described(schema):
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            described = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert described == set(variables(path))


def test_it_says_where_the_library_is(schema, tmp_path):
    assert schema["servers"] == [{"url": "/"}]  # where the document was read
    public = {"IMAGELIB_PUBLIC_URL": "https://images.example.org", "IMAGELIB_DATA_DIR": str(tmp_path)}
    show = [sys.executable, "manage.py", "spectacular", "--format", "openapi-json"]
    printed = subprocess.check_output(show, cwd=BASE_DIR, env=os.environ | UNSET | public)
    assert json.loads(printed)["servers"] == [{"url": "https://images.example.org"}]


def test_what_is_sent_has_no_other_fields_and_what_is_answered_has_all(schema):
    components = schema["components"]["schemas"]
    for name in ("UploadRequest", "PatchedImageRequest"):
        assert components[name]["additionalProperties"] is False
    assert set(components["Image"]["required"]) == components["Image"]["properties"].keys()
    document = schema["paths"]["/iiif/3/{id}/info.json"]["get"]["responses"]["200"]["content"]
    for media in document.values():
        assert set(media["schema"]["required"]) == information("", 1, 1).keys()


def test_a_change_is_described_in_one_format(schema):
    body = schema["paths"][f"{IMAGES}/{{id}}"]["patch"]["requestBody"]["content"]
    assert body == {"application/json": {"schema": {"$ref": "#/components/schemas/PatchedImageRequest"}}}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "said", "refused"),
    [
        ("search", {"type": "string", "maxLength": 1000}, "x" * 1_001),
        ("hash", {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}, "0" * 63),
        ("min_width", {"type": "integer", "minimum": 0}, "-1"),
        ("trashed", {"type": "string", "enum": ["0", "1"]}, "2"),
        (
            "uploaded_after",
            {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]},
            "02/03/2024",
        ),
        ("taken_before", {"type": "string", "format": "date"}, "2024-05-02T10:00:00Z"),
    ],
)
def test_a_parameter_of_the_list_says_what_it_is_held_to(schema, name, said, refused):
    parameters = {one["name"]: one["schema"] for one in schema["paths"][IMAGES]["get"]["parameters"]}
    assert {key: of for key, of in parameters[name].items() if key != "title"} == said
    assert problem(client_of().get(IMAGES, {name: refused})) == (400, "validation_error")


def test_every_bound_of_a_filter_is_said(schema):
    parameters = {one["name"]: one["schema"] for one in schema["paths"][IMAGES]["get"]["parameters"]}
    for name, filter_ in ImageFilter.base_filters.items():
        assert parameters[name].get("maxLength") == getattr(filter_.field, "max_length", None)
        assert parameters[name].get("minimum") == getattr(filter_.field, "min_value", None)


@pytest.mark.parametrize("part", ["region", "size", "rotation"])
@given(data=st.data())
@settings(max_examples=200)
def test_every_address_that_is_described_is_understood(patterns, part, data):
    parts = {"region": "full", "size": "max", "rotation": "0"}
    parts[part] = data.draw(st.from_regex(patterns[part], fullmatch=True))
    RenditionSpec.parse("{region}/{size}/{rotation}/default.jpg".format(**parts))


REGIONS = ("full", "square", "1,2,3,4", "pct:1.5,.5,10,20")
NO_REGIONS = ("", "FULL", "1,2,3", "1,2,3,4,5", "pct:1,2,3", "-1,2,3,4", "1234567890,0,1,1")
SIZES = ("max", "^max", "5,", ",5", "5,5", "!5,5", "^!5,5", "^,5", "pct:50", "^pct:.5")
NO_SIZES = (
    "",
    ",",
    "!5,",
    "!,5",
    "^!,5",
    "5",
    "full",
    "pct:",
    "!max",
    "5,5,",
    "1234567890,",
    "\u0661,",
    "5,5\n",
)


@pytest.mark.parametrize(
    ("part", "text", "parse"),
    [
        *(("region", text, Region.parse) for text in REGIONS + NO_REGIONS),
        *(("size", text, Size.parse) for text in SIZES + NO_SIZES),
    ],
)
def test_an_address_is_understood_as_described(patterns, part, text, parse):
    try:
        parse(text)
        understood = True
    except InvalidSpec:
        understood = False
    assert bool(patterns[part].fullmatch(text)) == understood


def test_rotations_are_described_as_they_are_canonical(patterns):
    for degrees in range(-90, 450, 45):
        for mirror in ("", "!"):
            described = bool(patterns["rotation"].fullmatch(f"{mirror}{degrees}"))
            assert described == (degrees in (0, 90, 180, 270, 360))


@pytest.mark.django_db
@pytest.mark.parametrize("value", [0, 1.5, True, None, ["a"], {"a": "b"}])
@pytest.mark.parametrize(
    "name", ["title", "description", "alt_text", "author", "credit", "copyright", "licence", "source_url"]
)
def test_a_text_is_a_string_and_nothing_else(editor, name, value):
    image = add_image()
    response = client_of(editor).patch(f"{IMAGES}/{image.pk}", {name: value}, format="json")
    assert problem(response) == (400, "validation_error")
    assert list(response.json()["errors"]) == [name]
