"""axe-core over a page as Chromium shows it, to a reader with preferences."""

from axe_core_python.selenium import Axe


def violations(browser, without: tuple[str, ...] = ()) -> list[str]:
    """Return what axe-core finds wrong with the page, one line for each; rules named in `without` apart."""
    found = Axe().run(browser)["violations"]
    return [
        f"{rule['id']}: {node['html']} {node['any'][0]['message'] if node['any'] else rule['help']}"
        for rule in found
        if rule["id"] not in without
        for node in rule["nodes"]
    ]


def prefer(browser, scheme: str) -> None:
    """Let the browser prefer `light` or `dark`, until the visit ends."""
    emulate(browser, "prefers-color-scheme", scheme)


def allow_motion(browser) -> None:
    """Let the browser have no preference for less motion, until the visit ends."""
    emulate(browser, "prefers-reduced-motion", "no-preference")


def emulate(browser, name: str, value: str) -> None:
    features = [{"name": name, "value": value}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
