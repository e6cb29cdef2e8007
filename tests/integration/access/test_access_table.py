"""The access table, asked cell by cell; and that it has a row for every door."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.urls import URLResolver, get_resolver, resolve, reverse

from tests.integration.access import links
from tests.integration.access.doors import Door, cells, doors
from tests.integration.access.library import WORDS, Library, undone

pytestmark = pytest.mark.django_db

NOBODY, MEMBERS = "nobody", "nobody where lists are the members'"
CALLERS = (
    *(NOBODY, MEMBERS, "groupless", "viewer", "owner", "contributor", "editor", "admin"),
    *("read token", "write token", "expired token"),
)
VISITORS = ("share link", MEMBERS, *list(links.VISITORS)[1:])
DOORS = list(doors(Path(__file__).with_name("table.txt").read_text(), tuple(WORDS)))

# Routes that show no image, and none of its tags and albums.
OTHERS = {
    "theme": "a stylesheet, of a colour",
    "account": "one's own sessions and tokens",
    "login": "who one is",
    "logout": "who one is",
    "password_change": "who one is",
    "password_reset": "who one is",
    "password_reset_confirm": "who one is",
    "email": "one's own address",
    "may-upload": "what one may do",
    "api-token-list": "one's own tokens",
    "api-token-detail": "one's own tokens",
    "api-schema": "what the API is, to everybody the same",
    "api-docs": "what the API is, to everybody the same",
    "invitations": "one's own invitations",
    "join": "an account to be made",
    "healthz": "whether the process is up",
    "readyz": "whether the process can serve",
    "admin-figures": "how much the server does, to who looks after it",
}
# Of Django's admin, which its staff alone opens; tests/integration/admin asks who of them.
OF_ADMIN = tuple(
    f"admin:{name}"
    for name in (
        *(
            "login",
            "logout",
            "password_change",
            "jsi18n",
            "auth_",
            "knox_",
            "axes_",
            "images_library_",
            "images_scheduledjob_",
            "images_inspectionproblem_",
            "django_tasks_",
        ),
        *("images_album_add", "images_tag_add", "images_invitation_", "images_sharelink_add"),
    )
)
BY_ADDRESS = ("/albums/near", "/api/v1/albums/{near}", "/selection")  # lists that an address alone opens
STAND_IN = UUID(int=0)
STAND_INS = {"slug": "a", "sha256": 64 * "0", "spec": "full/max/0/gray.png", "app_label": "images"}

# Where a person is told of what no address shows them, and why.
ALLOWED = {
    "POST /api/v1/images file={file}": "Who brings the file has it, and is told why it stays out: 409.",
    "POST /upload files={file} visibility=private": "Likewise.",
    'POST /api/v1/shares target={"type":"search","search":"{word}"}': "A search may find nothing.",
    "POST /shares/new search={word} ends=7": "Likewise.",
}


@pytest.mark.drill
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.text)
def test_every_cell_is_as_written(library, settings, door):
    callers = VISITORS if door.is_visit else CALLERS
    answered = {caller: asked(door, library, settings, caller) for caller in callers}
    assert [
        f"{caller}, {visibility}: {written} is written, {answered[caller][visibility]} answered"
        for visibility, row in door.cells.items()
        for caller, written in zip(callers, row, strict=True)
        if written != answered[caller][visibility]
    ] == []


def asked(door: Door, library: Library, settings, caller: str) -> dict[str, str]:
    settings.IMAGELIB_GALLERY = "members" if caller == MEMBERS else "public"
    everybody = VISITORS[0] if door.is_visit else NOBODY
    return cells(door, library, everybody if caller == MEMBERS else caller)


@pytest.mark.drill
@pytest.mark.long
@pytest.mark.parametrize(
    "door", [door for door in DOORS if door.is_list and not door.is_visit], ids=lambda door: door.text
)
def test_lists_of_the_members_are_to_them_as_those_of_everybody(library, settings, door):
    settings.IMAGELIB_GALLERY = "members"
    for place, caller in enumerate(CALLERS):
        if caller not in (NOBODY, MEMBERS, "expired token"):
            written = {visibility: row[place] for visibility, row in door.cells.items()}
            signed_in = door.address.startswith("/api/") or "token" not in caller
            if signed_in:
                assert cells(door, library, caller) == written, caller


def test_the_table_has_a_row_for_every_door(library):
    """For each method that a route takes. Who adds one writes its row, or says above why it needs none."""
    written = {(resolve(door.path(library.never).partition("?")[0]).view_name, door.method) for door in DOORS}
    names = dict(routes())
    assert OTHERS.keys() <= names.keys()
    shown = {
        name: path for name, path in names.items() if name not in OTHERS and not name.startswith(OF_ADMIN)
    }
    assert len(shown) > 50
    taken = {(name, method) for name, path in shown.items() for method in methods(library, name, path)}
    assert taken - written == set()
    assert {name for name, _ in written} & OTHERS.keys() == set()


def routes(patterns=None, namespace: str = "") -> Iterator[tuple[str, str]]:
    """Yield each route that has a name, with an address of it. Those without lead on to one that has."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        elif pattern.name:
            rule = pattern.pattern
            names = rule.regex.groupindex
            args = () if names or not rule.regex.groups else ("2450bd",)
            filled = {name: STAND_INS.get(name, STAND_IN) for name in names}
            yield namespace + pattern.name, reverse(namespace + pattern.name, args=args, kwargs=filled)


def methods(library: Library, name: str, path: str) -> Iterator[str]:
    """Yield the methods that are not refused to who may do all. Views of the admin ask for none; those with
    a form take POST.
    """
    if name.startswith("admin:"):
        yield "GET"
        if name.endswith(("image_changelist", "image_add", "_change")):
            yield "POST"
        return
    admin, is_read = library.clients["admin"], False
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        with undone():
            if admin.generic(method, path).status_code != 405 and not (method == "HEAD" and is_read):
                is_read = is_read or method == "GET"
                yield method


def told(door: Door) -> Iterator[tuple[str, str, str]]:
    """Yield by visibility and caller the letters that tell of an image, tag or album that it is there."""
    for visibility, row in door.cells.items():
        for caller, letter in zip(CALLERS, row, strict=True):
            if letter in "SCGVuf+#":
                yield visibility, caller, letter


def shown_at(*addresses: str) -> set[tuple[str, str]]:
    """Return by visibility and caller to whom one of these doors shows it."""
    doors = [door for door in DOORS if door.text in addresses]
    assert len(doors) == len(addresses)
    return {(visibility, caller) for door in doors for visibility, caller, letter in told(door)}


def test_no_door_tells_of_what_no_address_shows():
    """By the letters written: nobody is told of an image who cannot see it by its address, in a list of one
    that lists do not show them, or of a tag or album likewise.
    """
    trash = shown_at("GET /trash/{id}/picture", "GET /trash")
    images = trash | shown_at("GET /api/v1/images/{id}", "GET /images/{id}", "GET /api/v1/images/{id}/file")
    tags = shown_at("GET /api/v1/tags/{tag}", "GET /tags/{tag}")
    albums = shown_at("GET /api/v1/albums/{album}", "GET /albums/{slug}")
    shares = shown_at("GET /api/v1/shares/{share}", "GET /shares/{share}")
    listed = trash | shown_at("GET /api/v1/images", "GET /")
    wrong = []
    for door in DOORS:
        if (
            door.is_visit
            or door.text in ALLOWED
            or not (door.is_list or door.is_of_one)
            or door.address.startswith("/admin/")
        ):
            continue
        if "tag" in door.address and "{id}" not in door.text:
            shown = tags
        elif "{album}" in door.text or "{slug}" in door.text:
            shown = albums
        elif "{share}" in door.text:
            shown = shares
        else:
            shown = listed if door.is_list and not door.address.startswith(BY_ADDRESS) else images
        wrong += [f"{door.text}: {of}" for of in told(door) if of[:2] not in shown]
    assert wrong == []


def test_a_share_link_that_is_dead_opens_no_door():
    for door in DOORS:
        for row in door.cells.values() if door.is_visit else ():
            assert set(row[-3:]) == {"."}, door.text
            assert set(row[-5:-3]) <= {*".Pf"}, door.text
