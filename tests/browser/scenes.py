"""What a person sees amid work: images selected, the viewer, what was just added."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from tests.browser.viewer.viewing import IS_OPEN, PICTURE, TOLD
from tests.browser.visit import WHEN_DECODED, Visit

CHOSEN = 3  # images of each selection
PERCENTAGE = "document.querySelector('.zoom-percentage').textContent"


def scenes(visit: Visit, album: str, tag: str, files: list[Path]) -> Iterator[str]:
    """Bring about one scene after the other, and yield its name while it is seen. `files` are uploaded."""
    yield from sheets(visit)
    yield from selections(visit, album, tag)
    yield from viewing(visit, album)
    yield from arrival(visit, files)
    yield from tokens(visit)
    yield from invitations(visit)
    yield from links(visit, album)
    yield from visitors(visit)


def sheets(visit: Visit) -> Iterator[str]:
    """What opens over the gallery: its filters, and on a phone the account."""
    come(visit, visit.origin)
    visit.find(".sheet-open").click()
    visit.wait_until("document.querySelector('dialog.filters[open]')")
    yield "filters"
    visit.press(Keys.ESCAPE)
    if visit.find(".account-open").is_displayed():
        visit.find(".account-open").click()
        yield "account"


def selections(visit: Visit, album: str, tag: str) -> Iterator[str]:
    """Some images of an album, of a tag and of the gallery are selected; there, the folds of the bar open."""
    for name, address in (("album", album), ("tag", tag), ("gallery", visit.origin)):
        come(visit, address)
        for box in visit.all(".pick input")[:CHOSEN]:
            visit.browser.execute_script("arguments[0].click()", box)
        yield f"{name}-selected"
    for number, fold in enumerate(visit.all(".folds summary")):
        fold.click()
        yield f"gallery-selected-fold-{number}"
        fold.click()
    visit.find(".every input").click()
    yield "gallery-selected-every"


def viewing(visit: Visit, album: str) -> Iterator[str]:
    """An image in the viewer, what is said of it, its help, what else it offers; and a closer look."""
    come(visit, album)
    visit.browser.execute_script("document.querySelector('.cell a').click()")
    visit.wait_until(f"{IS_OPEN} && {PICTURE}.complete && {PICTURE}.naturalWidth > 0")
    yield "viewer"
    visit.press("i")
    visit.wait_until(f"{TOLD}.includes('SHA-256')")
    yield "viewer-info"
    visit.press("i", "?")
    yield "viewer-help"
    visit.press(Keys.ESCAPE)
    if visit.find(".viewer-more-open").is_displayed():
        visit.find(".viewer-more-open").click()
        yield "viewer-more"
        visit.press(Keys.ESCAPE)
    visit.press("z")
    visit.wait_until(f"{PERCENTAGE} !== ''")
    visit.press("1")
    visit.wait_until(f"{PERCENTAGE} === '100%'")
    yield "viewer-zoomed"


def arrival(visit: Visit, files: list[Path]) -> Iterator[str]:
    """What was uploaded is there, selected, and its words are asked for."""
    visit.browser.get(f"{visit.origin}/upload")
    visit.find("[name=files]").send_keys("\n".join(map(str, files)))
    yield "upload-chosen"
    visit.find(".submit button").click()
    visit.wait_until("location.pathname === '/selection' && document.querySelector('.pick :checked')")
    yield "arrivals"
    come(visit, f"{visit.origin}/words")
    yield "words-asked"


def tokens(visit: Visit) -> Iterator[str]:
    """A token was made, and its text is shown."""
    come(visit, f"{visit.origin}/account")
    if not visit.find(".fields [name=name]").is_displayed():
        visit.find(".making summary").click()
    visit.find(".fields [name=name]").send_keys("Screenshots of the laptop")
    visit.find(".fields [value=write]").click()
    visit.follow(".fields button")
    yield "account-token"


def invitations(visit: Visit) -> Iterator[str]:
    """An invitation was made, and somebody comes with its address and errs."""
    come(visit, f"{visit.origin}/accounts/invitations")
    if not visit.find(".fields [name=note]").is_displayed():
        visit.find(".making summary").click()
    visit.find(".fields [name=group] option:nth-child(2)").click()
    visit.find(".fields [name=note]").send_keys("Ana, for the photographs of summer")
    visit.follow(".fields button")
    yield "invitation"
    address = visit.find("#address").get_attribute("value")
    with signed_out(visit):
        come(visit, address)
        yield "join"
        for name in ("password1", "password2"):
            visit.find(f"[name={name}]").send_keys("12345678")
        visit.find("[name=username]").send_keys("admin")
        visit.follow("main button")
        yield "join-refused"


def links(visit: Visit, album: str) -> Iterator[str]:
    """A link to an album is made, and its address is shown; which links there are, and one to be changed."""
    come(visit, album)
    visit.follow("main a[href^='/shares/new']")
    yield "share-new"
    visit.find("main [name=note]").send_keys("Ana and the others of the walk")
    visit.find("main [name=password]").send_keys("open sesame")
    visit.follow("main .fields button")
    yield "share-made"
    come(visit, f"{visit.origin}/shares")
    yield "shares"
    visit.follow(".rows a.button")
    yield "share-terms"
    come(visit, f"{visit.origin}/shares")
    visit.follow("[value=revoke_all]")
    yield "shares-revoke"


def visitors(visit: Visit) -> Iterator[str]:
    """What a visitor sees who is not signed in."""
    with signed_out(visit):
        come(visit, visit.origin)
        image = visit.find(".cell a").get_attribute("href")
        yield "visitor-gallery"
        for name, address in (("image", image), ("sign-in", f"{visit.origin}/accounts/login")):
            come(visit, address)
            yield f"visitor-{name}"


@contextmanager
def signed_out(visit: Visit) -> Iterator[None]:
    """Have the block see what a visitor sees."""
    session = visit.browser.get_cookie("sessionid")
    visit.browser.delete_cookie("sessionid")
    yield
    visit.browser.add_cookie(session)


def come(visit: Visit, address: str) -> None:
    visit.browser.get(address)
    visit.browser.execute_async_script(WHEN_DECODED)
