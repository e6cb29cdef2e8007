"""What OpenAPI says of the byte views, which are plain views: nothing can be read off them."""

from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from images.api.openapi import (
    ANY_TIME,
    PROBLEM,
    PROBLEM_TYPE,
    Schema,
    by_status,
    ecma,
    problem_schema,
    titles,
)
from images.iiif.information import information
from images.iiif.requests import FORMATS, PERCENT, PIXELS, QUALITIES, SIZE
from images.imaging.formats import MIME_TYPES

# What the parts of an address are, as the code reads them; of rotations, which have many spellings, one each.
REGION = rf"^(?:full|square|{PIXELS.pattern}|{PERCENT.pattern})$"
SIZE_TEXT = rf"^(?!\^?!(?:,|\d+,$)){SIZE.pattern}$"  # after a ! both sides are said
ROTATION_TEXT = "^!?(?:0|90|180|270|360)$"

OF_BYTES = (
    *("not_authenticated", "not_found", "precondition_failed"),
    *("validation_error", "throttled", "storage_error"),
)
ID: Schema = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
JSON_TYPES = ("application/ld+json", "application/json")


def add_what_views_do_not_tell(
    result: Schema, generator: SchemaGenerator, request: Request | None, public: bool
) -> Schema:
    """POSTPROCESSING_HOOK: the component Problem, the byte views, and what is a HEAD alone."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    derived = "/iiif/3/{id}/{region}/{size}/{rotation}/{quality}.{format}"
    result["paths"] |= {
        "/api/v1/images/{id}/file": {method: _file(method) for method in ("get", "head")},
        "/api/v1/images/by-hash/{sha256}": {"head": _by_hash()},
        "/iiif/3/{id}": {"get": _redirect()},
        "/iiif/3/{id}/info.json": {"get": _information()},
        derived: {method: _rendition(method) for method in ("get", "head")},
    }
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def _file(method: str) -> Schema:
    headers, responses = _bytes(method)
    return plain_operation(
        f"images_file_{'retrieve' if method == 'get' else 'head'}",
        "images",
        "The original bytes" if method == "get" else "The headers of the original bytes",
        "A permanent address: the bytes behind it never change. With `metadata`, a download with what "
        "the library says of the image written into the file, made on request.",
        [
            ID,
            {"name": "metadata", "in": "query", "schema": {"type": "string", "enum": ["embedded"]}},
            *headers,
        ],
        responses,
    )


def _rendition(method: str) -> Schema:
    parts = {
        "region": (REGION, "full"),
        "size": (SIZE_TEXT, "640,480"),
        "rotation": (ROTATION_TEXT, "0"),
    }
    parameters = [
        _path(name, {"type": "string", "pattern": ecma(pattern), "example": example})
        for name, (pattern, example) in parts.items()
    ]
    parameters += [
        _path("quality", {"type": "string", "enum": list(QUALITIES)}),
        _path("format", {"type": "string", "enum": list(FORMATS)}),
    ]
    headers, responses = _bytes(method)
    return plain_operation(
        f"iiif_image_{'retrieve' if method == 'get' else 'head'}",
        "iiif",
        "A derived image" if method == "get" else "The headers of a derived image",
        "An image request of IIIF Image API 3.0 (https://iiif.io/api/image/3.0/), level 2. The sizes and "
        "tiles that info.json lists are kept, in WebP and JPEG; anything else is made on request.",
        [ID, *parameters, *headers],
        responses,
    )


def _information() -> Schema:
    document = {"schema": {"type": "object", "required": list(information("", 1, 1))}}
    answer = {"description": "The document.", "content": dict.fromkeys(JSON_TYPES, document)}
    return plain_operation(
        "iiif_information_retrieve",
        "iiif",
        "What the image service offers of an image",
        "info.json of IIIF Image API 3.0: dimensions, limits, sizes, tiles, formats and features.",
        [ID],
        {"200": answer, **plain_problems("not_authenticated", "not_found")},
    )


def _by_hash() -> Schema:
    link = 'The address of the image\'s metadata, with `rel="describedby"`.'
    sha256 = _path("sha256", {"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"})
    return plain_operation(
        "images_by_hash_head",
        "images",
        "Is this file here?",
        "For people who may upload: whether the library has the file with this SHA-256, as it was sent or "
        "without its metadata, so that to send it would change nothing. One in the trash, or whose bytes are "
        "lost or damaged, is to be sent.",
        [sha256],
        {
            "200": {
                "description": "It is.",
                "headers": {"Link": {"schema": {"type": "string"}, "description": link}},
            },
            **plain_problems(
                *("not_authenticated", "permission_denied", "not_found", "not_acceptable", "storage_error")
            ),
        },
    )


def _redirect() -> Schema:
    location = {"Location": {"schema": {"type": "string", "format": "uri-reference"}}}
    return plain_operation(
        "iiif_base_retrieve",
        "iiif",
        "From the base address to info.json",
        "The address that `iiif_url` of an image is, and what viewers are given.",
        [ID],
        {
            "303": {"description": "To info.json.", "headers": location},
            **plain_problems("not_authenticated", "not_found"),
        },
    )


def plain_operation(
    name: str, tag: str, summary: str, description: str, parameters: list[Schema], responses: Schema
) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "description": description,
        "tags": [tag],
        "security": [{"token": []}, {"cookieAuth": []}, {}],
        "parameters": parameters,
        "responses": dict(sorted(responses.items())),
    }


def _bytes(method: str) -> tuple[list[Schema], Schema]:
    """Return headers and responses of GET or HEAD, which has no body and knows no ranges (RFC 9110, 14.2)."""
    codes: tuple[str, ...] = OF_BYTES
    parameters = [
        _header("If-None-Match", "An ETag that the caller has: 304 when it is still right."),
        _header("If-Match", "The ETag that the caller expects: 412 when it is another."),
    ]
    responses = {
        "200": _content(method, "All bytes, verified.", "Content-Length", "Accept-Ranges", "Repr-Digest"),
        "304": _content("head", "Not modified."),
    }
    if method == "get":
        codes += ("range_not_satisfiable",)
        parameters += [
            _header("Range", "One range of bytes; several at once are answered with all bytes."),
            _header("If-Range", "The ETag that Range is for: all bytes when it is another."),
        ]
        responses["206"] = _content(method, "The range asked for.", "Content-Range", "Repr-Digest")
    return parameters, responses | plain_problems(*codes)


def plain_problems(*codes: str) -> Schema:
    return {
        str(status): {
            "description": titles(of_status),
            "content": {PROBLEM_TYPE: {"schema": problem_schema(of_status)}},
        }
        for status, of_status in by_status((*codes, *ANY_TIME)).items()
    }


def _content(method: str, description: str, *headers: str) -> Schema:
    response = {
        "description": description,
        "headers": {name: {"schema": {"type": "string"}} for name in ("ETag", "Cache-Control", *headers)},
    }
    if method == "get":
        binary = {"schema": {"type": "string", "format": "binary"}}
        response["content"] = dict.fromkeys(MIME_TYPES, binary)
    return response


def _path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _header(name: str, description: str) -> Schema:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
