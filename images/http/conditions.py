"""Conditions of a request (RFC 9110, 13): is the version that is there one of those that a header names?"""

from collections.abc import Mapping

from django.utils.http import parse_etags

from images.errors import PreconditionFailed


def is_known(asked: Mapping[str, str], method: str | None, etag: str, changed: str) -> bool:
    """Whether the caller has the version `etag` already, which 304 says, by the headers in META (13.2.2).

    Raises PreconditionFailed with the sentence `changed` when the method is not to be carried out.
    """
    if "HTTP_IF_MATCH" in asked and not _matches(asked["HTTP_IF_MATCH"], etag):
        raise PreconditionFailed(changed)
    if "HTTP_IF_NONE_MATCH" in asked and _matches_weakly(asked["HTTP_IF_NONE_MATCH"], etag):
        if method in ("GET", "HEAD"):
            return True
        raise PreconditionFailed(changed)
    return False


def _matches(header: str, etag: str) -> bool:
    """Strong comparison (13.1.1): a weak tag never matches."""
    tags = parse_etags(header)
    return tags == ["*"] or etag in tags


def _matches_weakly(header: str, etag: str) -> bool:
    """Weak comparison (13.1.2)."""
    tags = parse_etags(header)
    return tags == ["*"] or etag in (tag.removeprefix("W/") for tag in tags)
