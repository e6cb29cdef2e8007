"""Browsers and systems in plain words."""

import pytest

from images.pages.agents import described

MOZILLA = "Mozilla/5.0 "
KHTML = "AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"(Windows NT 10.0; Win64; x64) {KHTML}Chrome/138.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"(Windows NT 10.0) {KHTML}Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0", "Edge on Windows"),
        (f"(Macintosh; Intel Mac OS X 10_15_7) {KHTML}Chrome/138 Safari/537.36 OPR/120", "Opera on macOS"),
        (
            "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 (KHTML) Version/18.5 Safari/605.1",
            "Safari on macOS",
        ),
        ("(iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1", "Safari on iPhone"),
        ("(iPad; CPU OS 18_5 like Mac OS X) CriOS/138 Mobile/15E148 Safari/604.1", "Chrome on iPad"),
        ("(iPhone; CPU iPhone OS 18_5 like Mac OS X) FxiOS/140.0 Safari/605.1", "Firefox on iPhone"),
        (f"(Linux; Android 15; K) {KHTML}Chrome/138.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            f"(Linux; Android 15) {KHTML}SamsungBrowser/28.0 Chrome/130 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (f"(X11; CrOS x86_64 14541.0.0) {KHTML}Chrome/138.0 Safari/537.36", "Chrome on ChromeOS"),
        ("(X11; FreeBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        ("(compatible; Windows)", "Windows"),
        ("", "A browser that is not known"),
    ],
)
def test_they_are_named_as_people_know_them(agent, words):
    assert described(MOZILLA + agent if agent else "") == words
