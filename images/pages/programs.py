"""What programs need to reach the library: lines for a shell and for Python, and a file for ShareX."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import reverse

from images.http.origin import absolute

# The token is in the environment: what is typed into a shell stays in its history.
CURL = 'curl -f -H "Authorization: Token $IMAGELIB_TOKEN"'
PYTHON = """\
import os
import requests

token = os.environ["IMAGELIB_TOKEN"]
headers = {"Authorization": f"Token {token}"}
"""


@dataclass(frozen=True)
class Lines:
    """How a program asks for images, and how it uploads one."""

    list_with_curl: str
    list_with_python: str
    upload_with_curl: str
    upload_with_python: str


def lines(request: HttpRequest) -> Lines:
    """Return the lines for the library at the origin that people use."""
    address = _address(request)
    return Lines(
        list_with_curl=f"{CURL} \\\n  '{address}?search=is:private'",
        list_with_python=f"""{PYTHON}
answer = requests.get(
    "{address}",
    headers=headers,
    params={{"search": "is:private"}},
)
answer.raise_for_status()
for image in answer.json()["results"]:
    print(image["file_url"])""",
        upload_with_curl=f"{CURL} \\\n  -F file=@photo.jpg -F location=strip \\\n  {address}",
        upload_with_python=f"""{PYTHON}
with open("photo.jpg", "rb") as file:
    answer = requests.post(
        "{address}",
        headers=headers,
        files={{"file": file}},
        data={{"location": "strip"}},
    )
answer.raise_for_status()
print(answer.json()["file_url"])""",
    )


def sharex_uploader(request: HttpRequest, token: str) -> dict[str, Any]:
    """Return a custom uploader of ShareX, which uploads with `token` (getsharex.com/docs/custom-uploader)."""
    return {
        "Version": "14.0.0",  # of the format, in which {json:…} is a field of the answer
        "Name": host(request),
        "DestinationType": "ImageUploader",
        "RequestMethod": "POST",
        "RequestURL": _address(request),
        "Headers": {"Authorization": f"Token {token}"},
        "Body": "MultipartFormData",
        "Arguments": {"location": "strip"},
        "FileFormName": "file",
        "URL": "{json:file_url}",
        "ErrorMessage": "{json:detail}",
    }


def host(request: HttpRequest) -> str:
    """Return the name of the host that people use."""
    return urlsplit(absolute(request, "/")).hostname or ""


def _address(request: HttpRequest) -> str:
    return absolute(request, reverse("api-image-list"))
