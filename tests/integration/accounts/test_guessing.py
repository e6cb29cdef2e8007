"""Ten thousand guesses at share links find nothing, and cost nobody else a second."""

import http.client
import secrets
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.servers.application import Application, running

GUESSES, GUESSERS = 10_000, 8
VIEWS = 20  # of the gallery, before
SECOND = 1.0  # below this, other programs of the machine may have taken it

FILL = """
from django.contrib.auth.models import User
from images.catalogue.sharing import make_share
from tests.factories import add_image, make_image
admin = User.objects.get(username="admin")
image = [add_image(make_image(seed=seed), uploaded_by=admin) for seed in range(30)][0]
print(make_share(admin, image)[1])
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("guessing") / "library"
    with running(Application(data_dir, IMAGELIB_TRUSTED_PROXIES="1")) as server:
        yield server


@pytest.fixture(scope="module")
def secret(server) -> str:
    return server.manage("shell", "-v0", "-c", FILL).stdout.strip()


def seconds(server, path: str = "/") -> float:
    """Return how long a page takes."""
    began = time.monotonic()
    assert server.request("GET", path)[0] == 200
    return time.monotonic() - began


def guess(server, count: int, addresses: list[str]) -> Counter:
    """Guess so often on one connection; return how often each status came."""
    statuses = Counter()
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        for number in range(count):
            headers = {"X-Forwarded-For": addresses[number % len(addresses)]}
            client.request("GET", f"/s/{secrets.token_urlsafe(16)}", headers=headers)
            answer = client.getresponse()
            answer.read()
            statuses[answer.status] += 1
    finally:
        client.close()
    return statuses


@pytest.mark.drill
@pytest.mark.long
@pytest.mark.any_database
@pytest.mark.parametrize("addresses", [1, 2_000], ids=["of one address", "of many"])
def test_guesses_find_nothing_and_cost_nobody_a_second(server, secret, addresses, record_property):
    before = statistics.median(seconds(server) for _ in range(VIEWS))
    names = [f"2001:db8:{number:x}::1" for number in range(addresses)]
    meanwhile, shared, pause = [], [], threading.Event()
    with ThreadPoolExecutor(GUESSERS) as pool:
        share = GUESSES // GUESSERS
        guesses = [
            pool.submit(guess, server, share, names[place::GUESSERS] or names) for place in range(GUESSERS)
        ]
        while not all(one.done() for one in guesses):
            meanwhile.append(seconds(server))
            shared.append(seconds(server, f"/s/{secret}"))  # its visitor may be behind that address, too
            pause.wait(0.1)
        statuses = sum((one.result() for one in guesses), Counter())
    record_property("Gallery before and during 10,000 guesses", f"{before:.3f} s, {max(meanwhile):.3f} s")
    assert sum(statuses.values()) == GUESSES
    assert set(statuses) <= {404, 429}
    assert (statuses[429] > GUESSES * 0.9) == (addresses == 1)
    assert statistics.median(meanwhile) < max(SECOND, 3 * before)
    assert statistics.median(shared) < SECOND
