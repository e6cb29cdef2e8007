"""GET /api/schema and /api/docs."""

import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from images.api.schema import _document, _schema
from images.api.serializers import ImageSerializer
from images.http.problems import PROBLEMS
from images.imaging.formats import MIME_TYPES
from tests.clients.api import client_of, problem
from tests.resilience.races import start

FORMATS = ("application/vnd.oai.openapi", "application/yaml", "application/vnd.oai.openapi+json")

EVERYWHERE = {"406 not_acceptable", "500 server_error", "503 busy"}
OF_AN_IMAGE = EVERYWHERE | {"401 not_authenticated", "404 not_found"}
OF_A_CHANGED_TAG = OF_AN_IMAGE | {
    "400 validation_error",
    "403 permission_denied",
    "415 unsupported_format",
}
OF_THE_FILE = {
    "200",
    "304",
    "401 not_authenticated",
    "404 not_found",
    "412 precondition_failed",
    "500 server_error",
    "503 busy",
}

OF_BYTES = {"401 not_authenticated", "404 not_found", "500 server_error", "503 busy"}
OF_A_RENDITION = OF_THE_FILE | {"400 validation_error", "429 throttled", "500 storage_error"}
OF_A_DOWNLOAD = {
    "200",
    "400 validation_error",
    "401 not_authenticated",
    "500 server_error",
    "500 storage_error",
    "503 busy",
}
DERIVED = "/iiif/3/{id}/{region}/{size}/{rotation}/{quality}.{format}"

OPERATIONS = {
    "get /api/v1/images": EVERYWHERE | {"200", "400 validation_error", "401 not_authenticated"},
    "post /api/v1/images": EVERYWHERE
    | {
        "200",
        "201",
        "400 validation_error",
        "400 digest_mismatch",
        "401 not_authenticated",
        "403 permission_denied",
        "409 in_trash",
        "413 image_too_large",
        "415 unsupported_format",
        "422 invalid_image",
        "429 throttled",
        "500 storage_error",
    },
    "head /api/v1/images/by-hash/{sha256}": OF_AN_IMAGE
    | {"200", "403 permission_denied", "500 storage_error"},
    "get /api/v1/images/{id}": OF_AN_IMAGE | {"200", "304", "412 precondition_failed"},
    "patch /api/v1/images/{id}": OF_AN_IMAGE
    | {
        "200",
        "400 validation_error",
        "403 permission_denied",
        "409 in_trash",
        "409 location_undecided",
        "422 invalid_image",
        "500 storage_error",
        "412 precondition_failed",
        "415 unsupported_format",
    },
    "delete /api/v1/images/{id}": OF_AN_IMAGE | {"204", "403 permission_denied", "412 precondition_failed"},
    "post /api/v1/images/{id}/tags": OF_A_CHANGED_TAG | {"200", "412 precondition_failed"},
    "get /api/v1/images/{id}/history": OF_AN_IMAGE | {"200", "400 validation_error", "403 permission_denied"},
    "post /api/v1/changes/{id}/undo": OF_AN_IMAGE
    | {"200", "403 permission_denied", "409 conflict", "409 location_undecided"},
    "post /api/v1/batch": OF_A_CHANGED_TAG | {"200", "409 conflict"},
    "put /api/v1/images/{id}/favourite": OF_AN_IMAGE | {"204", "403 permission_denied"},
    "delete /api/v1/images/{id}/favourite": OF_AN_IMAGE | {"204", "403 permission_denied"},
    "get /api/v1/tags": EVERYWHERE | {"200", "400 validation_error", "401 not_authenticated"},
    "post /api/v1/tags": OF_A_CHANGED_TAG - {"404 not_found"} | {"201"},
    "get /api/v1/tags/{slug}": OF_AN_IMAGE | {"200"},
    "patch /api/v1/tags/{slug}": OF_A_CHANGED_TAG | {"200"},
    "delete /api/v1/tags/{slug}": OF_AN_IMAGE | {"204", "403 permission_denied"},
    "post /api/v1/tags/{slug}/merge": OF_A_CHANGED_TAG | {"200"},
    "get /api/v1/albums": EVERYWHERE | {"200", "400 validation_error", "401 not_authenticated"},
    "post /api/v1/albums": OF_A_CHANGED_TAG - {"404 not_found"} | {"201"},
    "get /api/v1/albums/{id}": OF_AN_IMAGE | {"200"},
    "patch /api/v1/albums/{id}": OF_A_CHANGED_TAG | {"200"},
    "delete /api/v1/albums/{id}": OF_AN_IMAGE | {"204", "403 permission_denied"},
    "get /api/v1/albums/{id}/images": OF_AN_IMAGE | {"200", "400 validation_error"},
    "post /api/v1/albums/{id}/images": OF_A_CHANGED_TAG | {"200"},
    "delete /api/v1/albums/{id}/images": OF_A_CHANGED_TAG | {"200"},
    "get /api/v1/download": OF_A_DOWNLOAD,
    "head /api/v1/download": OF_A_DOWNLOAD,
    "post /api/v1/download": OF_A_DOWNLOAD | {"403 permission_denied"},
    "get /api/v1/albums/{id}/download": OF_A_DOWNLOAD | {"404 not_found"},
    "head /api/v1/albums/{id}/download": OF_A_DOWNLOAD | {"404 not_found"},
    "get /api/v1/timeline": EVERYWHERE | {"200", "400 validation_error", "401 not_authenticated"},
    "post /api/v1/images/{id}/restore": OF_AN_IMAGE | {"200", "403 permission_denied"},
    "get /api/v1/suggestions": EVERYWHERE | {"200", "400 validation_error", "401 not_authenticated"},
    "get /api/v1/shares": EVERYWHERE | {"200", "400 validation_error", "401 not_authenticated"},
    "post /api/v1/shares": OF_A_CHANGED_TAG | {"201", "409 conflict"},
    "get /api/v1/shares/{id}": OF_AN_IMAGE | {"200"},
    "patch /api/v1/shares/{id}": OF_A_CHANGED_TAG | {"200", "409 conflict"},
    "delete /api/v1/shares/{id}": OF_AN_IMAGE | {"204", "403 permission_denied"},
    "get /api/v1/tokens": EVERYWHERE | {"200", "400 validation_error", "401 not_authenticated"},
    "post /api/v1/tokens": OF_A_CHANGED_TAG - {"404 not_found"} | {"201"},
    "delete /api/v1/tokens/{id}": OF_AN_IMAGE | {"204", "403 permission_denied"},
    "get /api/v1/images/{id}/file": OF_A_RENDITION | {"206", "416 range_not_satisfiable"},
    "head /api/v1/images/{id}/file": OF_A_RENDITION,
    "get /iiif/3/{id}": OF_BYTES | {"303"},
    "get /iiif/3/{id}/info.json": OF_BYTES | {"200"},
    f"get {DERIVED}": OF_A_RENDITION | {"206", "416 range_not_satisfiable"},
    f"head {DERIVED}": OF_A_RENDITION,
}


@pytest.fixture
def schema(db) -> dict:
    response = client_of().get("/api/schema?format=json")
    assert response.status_code == 200
    return response.json()


def operations(schema: dict) -> dict[str, dict]:
    return {
        f"{method} {path}": operation
        for path, item in schema["paths"].items()
        for method, operation in item.items()
    }


def answers(operation: dict) -> set[str]:
    """Return the statuses of an operation, those of problems with each of their codes."""
    said = set()
    for status, response in operation["responses"].items():
        body = response.get("content", {}).get("application/problem+json")
        if body:
            problem_, code = body["schema"]["allOf"]
            assert problem_ == {"$ref": "#/components/schemas/Problem"}
            said |= {f"{status} {name}" for name in code["properties"]["code"]["enum"]}
        else:
            said.add(status)
    return said


def test_it_is_valid_openapi_and_warns_of_nothing(db):
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())


def test_its_version_is_the_version_of_the_library(schema, settings):
    assert schema["info"]["version"] == settings.IMAGELIB_VERSION


def test_it_describes_every_operation_with_every_status_and_code(schema):
    assert {name: answers(operation) for name, operation in operations(schema).items()} == OPERATIONS


def test_every_code_has_the_status_of_the_table(schema):
    said = {answer for operation in operations(schema).values() for answer in answers(operation)}
    for answer in said:
        status, _, code = answer.partition(" ")
        assert not code or PROBLEMS[code][0] == int(status)


def test_retry_after_is_said_in_seconds_and_not_promised(schema):
    responses = schema["paths"]["/api/v1/images"]["post"]["responses"]
    for status in ("429", "503"):
        said = {"schema": {"type": "integer"}, "description": "Seconds."}
        assert responses[status]["headers"]["Retry-After"] == said


def test_what_is_left_of_a_quota_is_said_wherever_an_upload_was_counted(schema):
    responses = schema["paths"]["/api/v1/images"]["post"]["responses"]
    told = {status for status, response in responses.items() if "RateLimit" in response.get("headers", {})}
    assert told == {"200", "201", "429"}


def test_the_file_is_binary_of_the_five_types(schema):
    for status in ("200", "206"):
        content = schema["paths"]["/api/v1/images/{id}/file"]["get"]["responses"][status]["content"]
        assert content.keys() == set(MIME_TYPES)
        assert {media["schema"]["format"] for media in content.values()} == {"binary"}


def test_an_image_has_the_fields_it_has(schema):
    read = {name for name, field in ImageSerializer().fields.items() if not field.write_only}
    assert schema["components"]["schemas"]["Image"]["properties"].keys() == read


def test_upload_is_a_form_with_a_file_or_its_address(schema):
    body = schema["paths"]["/api/v1/images"]["post"]["requestBody"]["content"]
    assert body.keys() == {"multipart/form-data"}
    form = schema["components"]["schemas"]["UploadRequest"]
    assert {"file", "url"} <= form["properties"].keys()
    assert "required" not in form


def test_the_list_has_the_filters_of_the_contract(schema):
    names = {parameter["name"] for parameter in schema["paths"]["/api/v1/images"]["get"]["parameters"]}
    assert names == {
        "cursor",
        "search",
        "tag",
        "album",
        "type",
        "visibility",
        "uploaded_after",
        "uploaded_before",
        "taken_after",
        "taken_before",
        "orientation",
        "min_width",
        "hash",
        "trashed",
        "ordering",
    }


def test_tokens_and_sessions_are_the_ways_in_and_reading_needs_neither(schema):
    schemes = schema["components"]["securitySchemes"]
    assert schemes["token"].items() >= {"type": "apiKey", "in": "header", "name": "Authorization"}.items()
    assert schemes["cookieAuth"]["name"] == "sessionid"
    for name, operation in operations(schema).items():
        reads = ("get", "head", "post /api/v1/download")
        is_read = name.startswith(reads) and not name.endswith(
            ("/history", "/tokens", "/shares", "/shares/{id}")
        )
        assert ({} in operation["security"]) is is_read, name


@pytest.mark.parametrize("query", ["version=%0a", "version=x", "lang=xx", "lang=%00"])
def test_no_query_breaks_it(db, query):
    response = client_of().get(f"/api/schema?{query}")
    assert (response.status_code, response["Content-Disposition"]) == (
        200,
        'inline; filename="imagelib.yaml"',
    )


@pytest.fixture
def made(monkeypatch) -> list:
    """The documents that are made from here on, as after a start of the process."""
    documents, make = [], SchemaGenerator.get_schema

    def counted(self, *args, **options):
        documents.append(make(self, *args, **options))
        return documents[-1]

    monkeypatch.setattr(SchemaGenerator, "get_schema", counted)
    for cached in (_document, _schema):
        cached.cache_clear()
    return documents


def test_it_is_made_once_whatever_is_asked_and_asks_no_database(made, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        for accept in (*FORMATS, "application/json", "*/*"):
            assert client_of().get("/api/schema", headers={"accept": accept}).status_code == 200
        for query in ("format=json", "version=1", "lang=en", "x=y"):
            assert client_of().get(f"/api/schema?{query}").status_code == 200
    assert len(made) == 1


def test_those_who_ask_at_once_wait_for_one_document(made, db):
    together = threading.Barrier(6)

    def ask() -> bytes:
        return client_of().get("/api/schema").content

    with ThreadPoolExecutor(6) as pool:
        tries = [start(pool, ask, together) for _ in range(6)]
        assert len({done.result() for done in tries}) == 1
    assert len(made) == 1


def test_who_has_it_is_told_so(db):
    tags = set()
    for accept in (*FORMATS, "application/json"):
        answer = client_of().get("/api/schema", headers={"accept": accept})
        assert answer["Cache-Control"] == "no-cache"
        assert answer["Vary"] == "Accept"
        assert answer["Content-Type"].partition(";")[0] == accept
        tags.add(answer["ETag"])
        headers = {"accept": accept, "if-none-match": answer["ETag"]}
        again = client_of().get("/api/schema", headers=headers)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
        assert again["Content-Length"] == str(len(answer.content))
    assert len(tags) == 2  # YAML and JSON


def test_its_errors_are_problems(db):
    assert problem(client_of().post("/api/schema")) == (405, "method_not_allowed")
    assert problem(client_of().get("/api/schema", headers={"accept": "image/png"})) == (406, "not_acceptable")


@pytest.mark.django_db
def test_the_docs_page_says_what_works(db):
    response = client_of().options("/api/docs")
    assert (response.status_code, response["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert client_of().options("/api/schema").status_code == 200
    assert problem(client_of().post("/api/docs")) == (405, "method_not_allowed")


def test_the_docs_page_needs_nothing_from_outside_and_nothing_inline():
    page = client_of().get("/api/docs", headers={"accept": "text/html"})
    assert page.status_code == 200
    html = page.content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert loaded
    assert all(url.startswith("/") and not url.startswith("//") for url in loaded)
    assert "<style" not in html
    assert not re.search(r"<script>|style=|\son\w+=", html)
    script = client_of().get(
        next(url for url in loaded if url.startswith("/api/docs")), headers={"accept": "*/*"}
    )
    assert script["Content-Type"] == "application/javascript"
    assert "/api/schema" in script.content.decode()
