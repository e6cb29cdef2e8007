"""axe-core over a page as Chromium shows it."""

from axe_selenium_python import Axe

# What axe-core 3.1 takes for wrong and its later versions do not: role="list" on ul, without which Safari
# makes no list of one that shows no bullets; checkboxes of one name without a group, of which each here is
# labelled by its own row; groups of dt and dd in a div, which HTML allows since 5.2.
MISTAKEN = ("aria-allowed-role", "checkboxgroup", "dlitem")


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
    """Let the browser prefer `light` or `dark`, until the visit ends."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
