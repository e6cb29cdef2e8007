"""axe-core over a page as Chromium shows it."""

from axe_selenium_python import Axe

# Two rules of axe-core 3.1 that later versions corrected or dropped: it takes role="list" on ul for wrong,
# which ARIA in HTML allows and without which Safari makes no list of one that shows no bullets; and it wants
# a group around checkboxes of one name, of which each here is labelled by its own row.
MISTAKEN = ("aria-allowed-role", "checkboxgroup")


def violations(browser, without: tuple[str, ...] = ()) -> list[str]:
    """Return what axe-core finds wrong with the page, one line for each; rules named in `without` apart."""
    axe = Axe(browser)
    axe.inject()
    found = axe.run()["violations"]
    return [
        f"{rule['id']}: {node['html']} {node['any'][0]['message'] if node['any'] else rule['help']}"
        for rule in found
        if rule["id"] not in MISTAKEN + without
        for node in rule["nodes"]
    ]


def prefer(browser, scheme: str) -> None:
    """Let the browser prefer `light` or `dark`; an empty text, nothing."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
