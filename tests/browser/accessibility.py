"""axe-core over a page as Chromium shows it, to a reader with preferences."""

from axe_core_python.base import AXE_SCRIPT

ALL = {"resultTypes": ["violations"]}
OF_COLORS = ALL | {"runOnly": ["color-contrast", "link-in-text-block"]}
END_TRANSITIONS = "document.getAnimations().forEach(one => one instanceof CSSTransition && one.finish())"
RUN = "const [options, done] = arguments; axe.run(options).then(({ violations }) => done(violations));"


def violations(browser, without: tuple[str, ...] = ()) -> list[str]:
    """Return what axe-core finds wrong with the page, one line for each; rules named in `without` apart.

    All rules are asked of the light page, and those of colors of the dark one, which differs in nothing else.
    The page is light afterwards.
    """
    if not browser.execute_script("return 'axe' in window"):
        browser.execute_script(AXE_SCRIPT)
    found = []
    for scheme, options in (("dark", OF_COLORS), ("light", ALL)):
        prefer(browser, scheme)
        browser.execute_script(END_TRANSITIONS)
        found += [
            f"{scheme}: {rule['id']}: {node['html']} "
            f"{node['any'][0]['message'] if node['any'] else rule['help']}"
            for rule in browser.execute_async_script(RUN, options)
            if rule["id"] not in without
            for node in rule["nodes"]
        ]
    return found


def prefer(browser, scheme: str) -> None:
    """Let the browser prefer `light` or `dark`, until the visit ends."""
    emulate(browser, "prefers-color-scheme", scheme)


def allow_motion(browser) -> None:
    """Let the browser have no preference for less motion, until the visit ends."""
    emulate(browser, "prefers-reduced-motion", "no-preference")


def emulate(browser, name: str, value: str) -> None:
    features = [{"name": name, "value": value}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
