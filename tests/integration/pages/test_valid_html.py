"""Every page, to everyone, in every state and with odd words, is valid by the Nu HTML checker.

It needs Java and the checker's vnu.jar, which IMAGELIB_TEST_NU_CHECKER names; `.ci/run --all` fetches it.
Errors count, its advice does not. Pages of the admin are Django's, but for the one for uploads.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory

from images.accounts.resets import link_of
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.albums import visible_album, visible_albums
from images.catalogue.sharing import make_share
from images.catalogue.tag_names import fitting, key_of
from images.catalogue.tags import visible_tags
from images.catalogue.trash import trash
from images.http.error_pages import refusal
from images.http.problems import PROBLEMS
from images.models import Change, Image, ShareLink, Tag
from images.pages import emptying, gallery
from tests.clients.pages import Tags
from tests.factories import add_image, make_image, make_user, sha256
from tests.files.located import photo
from tests.servers.machine import find_program

JAR = os.environ.get("IMAGELIB_TEST_NU_CHECKER", "")

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ODD = (
    "\"quoted\" & <b>bold</b> 'single' &amp;",
    "</title><script>alert(1)</script>",
    "\x1b[2J escape \x9b \x85 \x01",
    "\u202egpj.exe\u202c \u2066isolated\u2069",
    "E\u0301tretat \u1112\u1161\u11ab",
    "\u0635\u0648\u0631\u0629 \u200f(1)\u200e",
    "\u0641\u200c\u0627\u0631\u0633\u06cc",
    "👩\u200d👩\u200d👧 \U0001f3f4\U000e0067\U000e007f",
    "x" * 200,
    "-- ]]> {{ braces }} {% tag %}",
    "\u0301 begins with a mark",
    "\ue000 \ufdd0 \uffff \U0001fffe",
    "\u2028 \u2029 \ufeff \u00ad",
)
QUERIES = (
    *("", "?search=large", "?search=zeppelin", '?search="><b>', "?search=%1b%00%ef%bf%bf%c2%9b%ff"),
    *(
        "?search=type:png+kite+(",
        "?search=colour:%22%3Cb%3E",
        "?ordering=-size&type=image/png",
        "?ordering=taken_at",
        "?search=kite+or+x&ordering=-taken_at&month=2026-01",
        "?type=%01&ordering=%01",
        "?search=" + "a" * 500,
        "?%01=%01",
    ),
)


class Pages(dict[str, bytes]):
    """Pages as they were answered, by who asked for what."""

    def keep(self, name: str, response: HttpResponse, status: int = 200) -> None:
        assert response.status_code == status, name
        assert response["Content-Type"].startswith("text/html"), name
        assert name not in self
        self[name] = response.content


@pytest.fixture
def library(contributor):
    """Images of all states with odd words, more than one page of the gallery has."""
    for number, words in enumerate(ODD):
        format_ = ("JPEG", "PNG", "GIF")[number % 3]
        add_image(
            make_image(format_, (300, 200 + number), seed=number),
            filename=f"{words}.jpg",
            title=words,
            alt_text=words,
            description=f"{words}\n\n{words}",
            author=words,
            copyright=f"{words}\n{words}",
            licence=("CC-BY-4.0", "LicenseRef-Agency")[number % 2],
            source_url="https://example.org/a?c=[1]&d=%22'%#e#f",
            tags=fitting([words, "kite"]),
            decorative=number % 5 == 4,
            visibility="private" if number % 4 == 2 else "public",
            uploaded_by=contributor,
        )
        trash(add_image(make_image(seed=100 + number), title=words, uploaded_by=contributor))
    add_image(photo(), title="Located", visibility="private", uploaded_by=contributor)
    add_image(make_image(size=(3000, 2000)), title="Large", uploaded_by=contributor)
    add_image(make_image("GIF", frames=3), filename="\u202e.gif")
    for words in filter(key_of, ODD):  # of nothing that is seen no album has its title
        album = create(contributor, words, description=f"{words}\n\n{words}", visibility="public")
        file(contributor, album, Image.objects.filter(deleted_at=None).values_list("pk", flat=True))
    create(contributor, "Nothing yet", visibility="public")
    create(contributor, "Private")
    create(contributor, "Fills itself", search="-nothing sort:title", visibility="public")
    for number in range(60):
        facts = {"size": 1, "width": 64, "height": 48, "mime_type": "image/jpeg", "filename": "a.jpg"}
        Image.objects.create(hash=sha256(bytes([number])), **facts)


def signed_in(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def links() -> dict[str, str]:
    """Return the secrets of new share links, by what they show."""
    maker, located = User.objects.get(username="contributor"), Image.objects.get(title="Located")
    album = visible_albums(AnonymousUser()).exclude(title="Nothing yet").first()
    own = Image.objects.filter(deleted_at=None, uploaded_by=maker).values_list("pk", flat=True)
    return {
        "an image": make_share(maker, located)[1],
        "an album": make_share(maker, album, may_download=True)[1],
        "a selection": make_share(maker, [*own])[1],
        "nothing": make_share(maker, "tag:nothing")[1],
        "with a password": make_share(maker, located, password=ODD[0])[1],
    }


def look_at_all(pages: Pages, who: str, client: Client) -> None:
    """Keep what can be read, the same addresses by everyone."""
    for query in QUERIES:
        pages.keep(f"{who}: /{query}", client.get(f"/{query}"))
    for query in ("", "?search=%22%3Cb%3E", "?search=kite"):
        pages.keep(f"{who}: tags{query}", client.get(f"/tags{query}"))
    for tag in visible_tags(AnonymousUser()):
        pages.keep(f"{who}: tag {tag.slug!a}", client.get(tag.get_absolute_url()))
    pages.keep(f"{who}: albums", client.get("/albums"))
    if who != "anyone":
        pages.keep(f"{who}: missing words", client.get("/words", follow=True))
    pages.keep(f"{who}: a search to be kept", client.get("/albums?search=kite"))
    for album in visible_albums(AnonymousUser()):
        pages.keep(f"{who}: album {album.slug!a}", client.get(album.get_absolute_url()))
    pages.keep(f"{who}: a private album", client.get("/albums/private"), 404 if who == "anyone" else 200)
    pages.keep(f"{who}: the search", client.get("/search?type=png&search=kite+min:12"))
    pages.keep(f"{who}: a search refused", client.get("/search?words=1&first=x"), 400)
    following = next(a["href"] for tag, a in Tags(client.get("/")).all if "cursor=" in (a.get("href") or ""))
    pages.keep(f"{who}: the second page", client.get(f"/{following}"))
    for image in Image.objects.filter(deleted_at=None).exclude(title=""):
        status = 404 if who == "anyone" and not image.is_public else 200
        pages.keep(f"{who}: {image.pk} {image.title!a}", client.get(image.get_absolute_url()), status)
    unnamed = Image.objects.get(title="", frames=3)
    pages.keep(f"{who}: an image without words", client.get(unnamed.get_absolute_url()))
    for name, secret in links().items():
        page = client.get(f"/s/{secret}")
        pages.keep(f"{who}: shared {name}", page)
        for number, inner in enumerate(
            re.findall(rf'href="(/s/{secret}/[0-9a-f-]+)"', page.content.decode())
        ):
            pages.keep(f"{who}: shared {name} {number}", client.get(inner))
        if "password" in name:
            pages.keep(f"{who}: {name} refused", client.post(f"/s/{secret}", {"password": "wrong"}), 403)
    pages.keep(f"{who}: the sign-in", client.get("/accounts/login?next=/upload%22%3E"))
    pages.keep(f"{who}: a sign-in that failed", client.post("/accounts/login", {"username": ODD[0]}))
    pages.keep(f"{who}: nothing there", client.get("/nowhere%01%22%3Cb%3E"), 404)
    pages.keep(f"{who}: no page of the list", client.get("/?cursor=x"), 404)
    pages.keep(f"{who}: documentation of the API", client.get("/api/docs"))


def do_all(pages: Pages, who: str, client: Client) -> None:
    """Keep what people who may edit are asked and told."""
    located, image = Image.objects.get(title="Located"), Image.objects.get(title="Large")
    trashed = [other.pk for other in Image.objects.exclude(deleted_at=None)]
    good, bad = (
        SimpleUploadedFile("a.jpg", photo(len(pages))),
        SimpleUploadedFile(f"{ODD[0]}.jpg", b"no image"),
    )
    some = {"files": [good, bad], "visibility": "public"}
    too_long = {"title": "x" * 201, "alt_text": ODD[1] * 100, "description": ODD[0]}
    publish = {"action": "publish", "images": [located.pk]}

    def sent(path: str, data: dict, **options) -> HttpResponse:
        return client.post(path, data, **options)

    words = {"title": ODD[0][:200], "description": f"{ODD[1]}\n\n{ODD[1]}", "tag_names": ODD[1][:50]}
    sent(image.get_absolute_url(), words, follow=True)
    pages.keep(f"{who}: a history", client.get(f"{image.get_absolute_url()}/history"))
    sent(f"/changes/{Change.objects.latest('at').pk}/undo", {})
    pages.keep(f"{who}: a history and a step undone", client.get(f"{image.get_absolute_url()}/history"))
    private = "/albums/private"
    pages.keep(f"{who}: the history of an album", client.get(f"{private}/history"))
    pages.keep(f"{who}: an album refused", sent(private, {"title": ODD[1] * 9, "description": ODD[1]}), 400)
    pages.keep(f"{who}: a new album refused", sent("/albums", {"title": "", "description": ODD[0]}), 400)
    pages.keep(f"{who}: the question about an album", sent(private, {"action": "delete"}))
    for album in visible_albums(AnonymousUser())[:3]:
        pages.keep(
            f"{who}: album {album.slug!a} arranged", client.get(f"{album.get_absolute_url()}?arrange=1")
        )
    if who == "editor":
        kite = Tag.objects.get(key="kite").get_absolute_url()
        pages.keep("a tag refused", sent(kite, {"name": "", "color": ODD[0]}), 400)
        pages.keep("no tag to merge into", sent(kite, {"action": "merge", "into": "absent"}), 400)
    pages.keep(f"{who}: upload", client.get("/upload"))
    pages.keep(f"{who}: upload of nothing", sent("/upload", {}), 400)
    pages.keep(f"{who}: upload of some", sent("/upload", some))
    pages.keep(f"{who}: what was added", client.get("/selection?uploaded_after=2020-01-01"))
    pages.keep(f"{who}: nothing added", client.get("/selection"))
    filing = {"action": "file", "album": f"absent {ODD[0]}"}
    pages.keep(f"{who}: no album to file it into", sent(image.get_absolute_url(), filing), 400)
    pages.keep(f"{who}: words too long", sent(image.get_absolute_url(), too_long), 400)
    conflict = {"initial-title": ODD[0], "title": ODD[1]}
    pages.keep(f"{who}: words that another changed", sent(image.get_absolute_url(), conflict), 400)
    pages.keep(f"{who}: words saved", sent(image.get_absolute_url(), {"title": "Large"}, follow=True))
    pages.keep(f"{who}: publishing one", sent(located.get_absolute_url(), {"action": "publish"}))
    pages.keep(f"{who}: publishing many", sent("/", publish))
    pages.keep(f"{who}: nothing chosen", sent("/", {"action": "hide"}, follow=True))
    hidden = {"action": "hide", "images": [image.pk]}
    pages.keep(f"{who}: many hidden", sent("/", hidden, follow=True))
    gone = {"action": "trash", "images": [image.pk]}
    pages.keep(f"{who}: many in the trash", sent("/", gone, follow=True))
    pages.keep(f"{who}: trash", client.get("/trash"))
    purge = sent("/trash", {"action": "purge", "image": trashed})
    pages.keep(f"{who}: purge", purge, 200 if who == "editor" else 403)
    emptied = sent("/trash", {"action": "empty"})
    pages.keep(f"{who}: empty the trash", emptied, 200 if who == "editor" else 403)
    if who == "editor":
        confirmed = {"confirmed": "yes", "before": emptied.context["before"].isoformat()}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(emptying, "MOST", 1)
            pages.keep(f"{who}: emptying", sent("/trash", {"action": "empty", **confirmed}))
    pages.keep(f"{who}: one restored", sent("/trash", {"action": "restore", "image": image.pk}, follow=True))
    pages.keep(f"{who}: account", client.get("/account"))
    making = {"action": "make", "name": ODD[0], "scope": "write", "days": "30"}
    pages.keep(f"{who}: a token", sent("/account", making))
    pages.keep(f"{who}: account with tokens", client.get("/account"))
    pages.keep(f"{who}: a token refused", sent("/account", {"action": "make", "name": ODD[1] * 9}), 400)
    invitations = "/accounts/invitations"
    if who == "editor":
        offered = client.get(invitations).context["form"]["group"]
        inviting = {"action": "make", "group": offered.field.queryset.first().pk, "note": ODD[0], "days": "7"}
        made = sent(invitations, inviting)
        pages.keep("an invitation", made)
        pages.keep("invitations", client.get(invitations))
        pages.keep("an invitation refused", sent(invitations, {"action": "make", "note": ODD[1] * 9}), 400)
        join = urlsplit(made.context["address"]).path
        for name, guest in (("nobody", Client()), (who, client)):
            pages.keep(f"{name} is to join", guest.get(join))
        pages.keep("nobody joins", Client().post(join, {"username": ODD[0], "password1": "1"}), 400)
    pages.keep(f"{who}: no links", client.get("/shares"))
    for target in (
        f"image={image.pk}",
        f"album={visible_album(image.uploaded_by, 'private').pk}",
        "search=x",
    ):
        pages.keep(f"{who}: a link to {target}", client.get(f"/shares/new?{target}"))
    selected = sent("/", {"action": "share", "images": [image.pk]})
    pages.keep(f"{who}: a link to a selection", selected)
    terms = {"note": ODD[0], "password": ODD[1], "ends": "7"}
    pages.keep(f"{who}: a link made", sent("/shares/new", {"image": image.pk, **terms}))
    pages.keep(f"{who}: a link to odd words", sent("/shares/new", {"search": ODD[0], "ends": "never"}))
    pages.keep(f"{who}: a link refused", sent("/shares/new", {"images": image.pk, "ends": ""}), 400)
    pages.keep(f"{who}: links", client.get("/shares"))
    link = ShareLink.objects.filter(note=ODD[0]).latest("created_at")
    pages.keep(f"{who}: terms of a link", client.get(f"/shares/{link.pk}"))
    pages.keep(f"{who}: terms refused", sent(f"/shares/{link.pk}", {"note": ODD[1] * 9}), 400)
    pages.keep(f"{who}: ending links", sent("/shares", {"action": "revoke_all"}))
    pages.keep(f"{who}: a shared image", client.get(image.get_absolute_url()))
    email = "/accounts/email"
    pages.keep(f"{who}: e-mail address", client.get(email))
    pages.keep(f"{who}: e-mail address refused", sent(email, {"email": ODD[0], "password": "x"}))
    pages.keep(f"{who}: no link", client.get("/accounts/reset/Mg/abc-0123"), 404)
    person = get_user(client)
    pages.keep(f"{who}: a link", Client().get(link_of(person), follow=True))
    pages.keep(f"{who}: password", client.get("/accounts/password"))
    pages.keep(
        f"{who}: password refused", sent("/accounts/password", {"old_password": "x", "new_password1": "1"})
    )
    pages.keep(f"{who}: an unknown action", sent(image.get_absolute_url(), {"action": "burn"}), 400)


def fail_in_all_ways(pages: Pages, client: Client, monkeypatch, settings) -> None:
    """Keep the pages of errors."""

    def raising(error: Exception) -> Callable:
        def fail(*args, **kwargs):
            raise error

        return fail

    strict = Client(enforce_csrf_checks=True)
    pages.keep("an expired form", strict.post("/accounts/login", {"username": "a"}), 403)
    settings.IMAGELIB_MAX_UPLOAD_BYTES = 10
    large = SimpleUploadedFile("a.jpg", b"x" * 2**21)
    pages.keep("a body too large", client.post("/upload", {"files": large}), 413)
    for code, (status, _) in PROBLEMS.items():
        pages.keep(f"the error {code}", refusal(RequestFactory().get("/"), code, ODD[0]), status)
    monkeypatch.setattr(gallery, "ImageFilter", raising(RuntimeError("telltale")))
    settings.SENDS_EMAIL = True
    pages.keep("the sign-in, where mail is sent", Client().get("/accounts/login"))
    pages.keep("asking for a link", Client().get("/accounts/reset"))
    pages.keep(
        "asking for a link with what is no address", Client().post("/accounts/reset", {"email": ODD[0]}), 400
    )
    pages.keep("no link, where mail is sent", Client().get("/accounts/reset/Mg/abc-0123"), 404)
    pages.keep("failed", client.get("/"), 500)
    monkeypatch.setattr("images.http.error_pages.render_to_string", raising(RuntimeError("telltale")))
    pages.keep("failed, the page of it too", client.get("/"), 500)


def complaints(pages: Pages, folder: Path) -> list[str]:
    """Return the errors that the checker finds, each with the page and the place."""
    folder.mkdir()
    names = {}
    for number, (name, content) in enumerate(pages.items()):
        path = folder / f"{number}.html"
        path.write_bytes(content)
        names[path.name] = name
    command = ["java", "-jar", JAR, "--errors-only", "--format", "json", "--exit-zero-always", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return [
        f"{names[message['url'].rpartition('/')[2]]}: {message['message']} {message.get('extract', '')!a}"
        for message in json.loads(ended.stderr)["messages"]
    ]


def test_every_page_is_valid(library, contributor, editor, monkeypatch, settings, tmp_path, record_property):
    if not JAR:
        pytest.skip("pages are held to the Nu HTML checker in .ci/run --all")
    assert find_program("java")
    pages = Pages()
    people = {"anyone": Client(), "contributor": signed_in(contributor), "editor": signed_in(editor)}
    for who, client in people.items():
        look_at_all(pages, who, client)
    for who in ("contributor", "editor"):
        do_all(pages, who, people[who])
    looker, root = make_user("looker", "Viewers"), make_user("root", is_staff=True, is_superuser=True)
    pages.keep("who may not upload", signed_in(looker).get("/upload"), 403)
    pages.keep("the admin's upload", signed_in(root).get("/admin/images/image/add/"))
    fail_in_all_ways(pages, people["editor"], monkeypatch, settings)
    wrong = Pages(
        wrong=b"<!doctype html><title>a</title><p><time datetime='2026-11-28T19:00:00.123456Z'>a</time>"
    )
    assert len(complaints(wrong, tmp_path / "wrong")) == 1  # it does check
    record_property("Pages held to the Nu HTML checker", len(pages))
    assert complaints(pages, tmp_path / "pages") == []


def test_moments_are_written_as_html_has_them(client, library, contributor):
    """HTML, 2.3.5.9: a fraction of a second has one to three digits."""
    client.force_login(contributor)
    image = Image.objects.filter(deleted_at=None).first()
    Image.objects.update(taken_at=image.created_at)
    moments = [
        attrs["datetime"]
        for path in (image.get_absolute_url(), "/trash")
        for tag, attrs in Tags(client.get(path)).all
        if tag == "time"
    ]
    assert len(moments) > 2
    pattern = r"\d{4}(-\d\d){2}T\d\d(:\d\d){2}([+-]\d\d:\d\d)?"
    assert [text for text in moments if not re.fullmatch(pattern, text)] == []
