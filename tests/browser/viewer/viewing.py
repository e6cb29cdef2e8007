"""The viewer in a browser: how a test opens it, and what it sees there."""

PICTURE = "document.querySelector('.viewer-stage img')"
IS_OPEN = "document.querySelector('.viewer').open"
TOLD = "document.querySelector('.viewer-told').textContent"
SAID = "document.querySelector('.viewer-said span').textContent"
TITLES = "[...document.querySelectorAll('.cell a')].map(link => link.dataset.title).join('')"


def cell(visit, name: str):
    return visit.find(f".cell [data-title='{name}']")


def shown(visit) -> str:
    """Return the title that the viewer shows once its image has loaded."""
    visit.wait_until(f"{IS_OPEN} && {PICTURE}.complete && {PICTURE}.naturalWidth > 0")
    return visit.evaluate("document.querySelector('.viewer strong').textContent")


def open_at(visit, name: str) -> None:
    """Open the viewer at this image, and return once it is seen."""
    cell(visit, name).click()
    assert shown(visit) == name


def to_tags(visit) -> None:
    """Lead the keyboard to the field of tags."""
    visit.press("t")
    visit.wait_until("document.activeElement.id === 'viewer-tags'")
