"""What people and programs ask of a library: pages, lists with filters, orders and searches, the admin."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from images.text import folded
from tests.bench.population import TAGS_BY_RANK, WORDS_BY_RANK

SUPERUSER, MEMBER, NOBODY = "superuser", "member", "nobody"
EVERYONE = (SUPERUSER, MEMBER, NOBODY)

FREQUENT, USUAL, RARE, ABSENT = *(WORDS_BY_RANK[rank] for rank in (0, 300, -1)), "xqxqxq"
FREQUENT_TAG, RARE_TAG = TAGS_BY_RANK[0], TAGS_BY_RANK[-1]
FILTERS = (
    *("type=jpeg", "type=gif", "visibility=public", "visibility=private", "uploaded_after=2025-06-01"),
    *(
        "uploaded_before=2023-02-01",
        "taken_after=2020-01-01&taken_before=2020-02-01",
        "taken_before=2009-01-01",
    ),
    *("orientation=portrait", "orientation=square", "min_width=4000", "min_width=9000", "trashed=1"),
)
SEARCHES = (
    *(FREQUENT, USUAL, RARE, ABSENT, f"{FREQUENT} {USUAL}", f"{USUAL} {RARE}", f'"{FREQUENT} {USUAL}"'),
    *(
        WORDS_BY_RANK[0][:2],
        "ab",
        f"-{FREQUENT}",
        f"{FREQUENT} -{USUAL}",
        f"{RARE} or {ABSENT}",
        "img 0000777",
    ),
    *(f'tag:"{FREQUENT_TAG}"', f'tag:"{RARE_TAG}"', f'tag:"{FREQUENT_TAG}" tag:"{RARE_TAG}"', "by:member"),
    *(
        "type:gif",
        "is:private",
        "is:animated",
        "has:alt -has:title",
        "has:location",
        "is:favourite",
        "is:decorative",
        "taken:2020-01..2020-03",
    ),
    *("uploaded:2025-11", "min:2000px", "min:9000px", "width:>=6000", "size:>10MB", "size:<101KB"),
    *("shape:square", "ratio:16:9", "ratio:7:5", 'camera:"x000"', "camera:x039", "lens:20", "iso:<=100"),
    *("f:1.4..2.8", "licence:MIT", f"{FREQUENT} sort:taken", f"{RARE} sort:title", "type:gif sort:size"),
)
ALBUMS = (
    *("/albums", "/albums/everyday", "/albums/everyday?cursor={end}", "/albums/by-title", "/albums/gifs"),
    *("/images/{filed}?album=everyday", "/images/{filed}?album=by-title", "/?search=album:everyday"),
    *("/?search=album:everyday+-type:gif", "/?search=album:gifs", "/?search=has:album", "/?album=album-7"),
    *(
        "/api/v1/albums",
        "/api/v1/albums/{album}",
        "/api/v1/albums/{album}/images",
        "/api/v1/images?album=everyday",
    ),
    *("/images/{id}?search=type:gif", f"/images/{{id}}?search={USUAL}"),
)
ORDERINGS = ("created_at", "taken_at", "size", "width", "height", "title", "filename")
ADMIN = "/admin/images/image/"


@dataclass(frozen=True)
class Question:
    """An address, and who asks for it. In braces stand the `id` and `hash` of an image of the library, and
    the place beside it in an ordering: `{-size}`.
    """

    path: str
    people: tuple[str, ...] = EVERYONE


def questions() -> Iterator[Question]:
    """Yield all of them."""
    yield from map(
        Question, ("/", "/images/{id}", "/?cursor={-created_at}", "/tags", f"/tags/{_slug(RARE_TAG)}")
    )
    yield Question("/trash", (SUPERUSER, MEMBER))
    yield Question("/words/{id}", (SUPERUSER,))
    yield from map(Question, ALBUMS)
    for path in ("/images/{busy}/history", "/api/v1/images/{busy}/history", "/albums/everyday/history"):
        yield Question(path, (SUPERUSER,))
    yield Question("/selection?uploaded_after=2025-12-01", (SUPERUSER, MEMBER))
    yield Question("POST /api/v1/albums/{album}/images", (SUPERUSER,))
    yield from (Question(f"/?search={quote(text)}") for text in SEARCHES)
    yield from (Question(f"/?{each}") for each in FILTERS)
    yield from map(Question, ("/api/v1/images", "/api/v1/images/{id}", "/api/v1/images?hash={hash}"))
    yield from (Question(f"/api/v1/images?{each}") for each in FILTERS)
    for ordering in (sign + name for name in ORDERINGS for sign in ("", "-")):
        yield Question(f"/api/v1/images?ordering={ordering}")
        yield Question(f"/api/v1/images?ordering={ordering}&cursor={{{ordering}}}")
    yield from (Question(f"/api/v1/images?search={quote(text)}") for text in SEARCHES)
    for text in (FREQUENT, RARE, ABSENT):
        yield Question(f"/api/v1/images?search={quote(text)}&ordering=title")
    yield from map(Question, ("/api/v1/tags", "/api/v1/timeline", f"/api/v1/timeline?search={quote(USUAL)}"))
    for text in (FREQUENT[:2], "tag:", f"tag:{FREQUENT_TAG[:2]}", "camera:ma", "ca"):
        yield Question(f"/api/v1/suggestions?search={quote(text)}")
    yield from (Question(path, (SUPERUSER,)) for path in admin())


def admin() -> Iterator[str]:
    """Yield the admin's views: the start page, the list with its filters, orders and searches, an image."""
    yield from ("/admin/", ADMIN, f"{ADMIN}{{id}}/change/", f"{ADMIN}?p=2", f"{ADMIN}?trash=only")
    yield from (f"{ADMIN}?{each}" for each in ("visibility__exact=private", "mime_type__exact=image%2Fgif"))
    yield from (f"{ADMIN}?{each}" for each in ("alt_text__isempty=1", "licence__isempty=1"))
    yield from (f"{ADMIN}?o={column}" for column in (2, 3, 4, 6, -6))
    yield from (f"{ADMIN}?q={quote(text)}" for text in (FREQUENT, RARE, ABSENT, f"{FREQUENT} {USUAL}"))
    yield from ("/admin/images/tag/", "/admin/auth/user/")


def _slug(tag: str) -> str:
    return quote(folded(tag).replace(" ", "-"))
