"""People who read and upload through the nginx of a cluster without a pause, and what they are answered."""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.factories import make_image
from tests.resilience.robustness import MULTIPART, multipart
from tests.servers.application import Application
from tests.servers.cluster import Cluster
from tests.servers.machine import until

PAUSE_SECONDS = 0.02  # of everybody after an answer
PEOPLE = {"public": 3, "uncached": 3, "pages": 2, "uploads": 2}
COLD = {"cold": 6}  # who ask a server that keeps nothing

# What may be answered while something is lost. A page says its code in words; nginx itself says no 503.
CLEAN = {"200", "201", "206", "503 busy", "503 page", "500 storage_error"}


@dataclass(frozen=True)
class Answer:
    """`outcome` is the status, with the code of a problem, or how the connection ended; times in seconds."""

    kind: str
    sent: float
    took: float
    outcome: str


@dataclass
class Load:
    """`answers` are all so far, `sent` the bytes of every image whose upload was acknowledged; `people` is
    how many of each kind ask.
    """

    cluster: Cluster
    token: dict[str, str]
    warm: dict[str, bytes]
    people: dict[str, int]
    answers: list[Answer] = field(default_factory=list)
    sent: dict[str, bytes] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def counts(self, begin: float = 0, end: float = float("inf")) -> dict[str, Counter]:
        """Return how often each outcome was met, by kind, by those who asked between the two times."""
        found = {kind: Counter() for kind in self.people}
        for answer in self.answers:
            if begin <= answer.sent < end:
                found[answer.kind][answer.outcome] += 1
        return found

    def outcomes(self, begin: float = 0) -> set[str]:
        return {answer.outcome for answer in self.answers if answer.sent >= begin}

    def goes_on(self, more: int = 20, seconds: float = 60) -> None:
        """Return when each kind was answered well so often again."""

        def well() -> dict[str, int]:
            answered = [answer for answer in self.answers if answer.outcome[0] == "2"]
            return {kind: sum(answer.kind == kind for answer in answered) for kind in self.people}

        before = well()
        until(lambda: all(count >= before[kind] + more for kind, count in well().items()), seconds)

    def lost(self) -> list[str]:
        """Return which acknowledged uploads do not come back as they were, and what verifystorage finds."""
        lost = []
        for path, data in self.sent.items():
            status, _, body = self.cluster.nginx.request("GET", path, headers=self.token)
            if (status, body) != (200, data):
                lost.append(f"{path} {status}")
        verified = self.cluster.servers[0].manage("verifystorage", "--json", seconds=300)
        said = verified.stdout.splitlines()[-1]
        problems = json.loads(said)["summary"]["problems"]
        problems.pop("orphaned", None)  # of uploads that were not acknowledged
        return lost + [f"{count} {problem}" for problem, count in problems.items()]

    def told(self, begin: float = 0, end: float = float("inf")) -> str:
        """Return the figures for the report of a drill."""
        answers = [answer for answer in self.answers if begin <= answer.sent < end]
        slowest = max((answer.took for answer in answers), default=0)
        counts = {kind: dict(counts) for kind, counts in self.counts(begin, end).items()}
        return f"{counts}, the slowest {slowest:.1f} s; {len(self.sent)} images acknowledged"

    def _ask(self, kind: str, client: http.client.HTTPConnection, *request: object) -> tuple[str, bytes]:
        sent = time.monotonic()
        try:
            response = _response(client, *request)
            body, outcome = response.read(), str(response.status)
            form = response.headers.get_content_type()
            if form == "application/problem+json":
                outcome += f" {json.loads(body)['code']}"
            elif response.status >= 400:
                outcome += " page"
        except (OSError, http.client.HTTPException) as error:
            body, outcome = b"", type(error).__name__
            client.close()
        self.answers.append(Answer(kind, sent, time.monotonic() - sent, outcome))
        return outcome, body

    def _read(self, kind: str, client: http.client.HTTPConnection) -> Iterator[None]:
        # A range is not answered from nginx's cache: the server is asked each time.
        headers = {"Range": "bytes=0-"} if kind == "uncached" else {}
        for path in itertools.cycle(self.warm):
            outcome, body = self._ask(kind, client, "GET", path, None, headers)
            if outcome in ("200", "206") and body != self.warm[path]:
                self.wrong.append(f"{path} {outcome} {len(body)}")
            yield

    def _turn(self, kind: str, client: http.client.HTTPConnection) -> Iterator[None]:
        for path in itertools.cycle(["/", "/albums", "/tags"]):
            self._ask(kind, client, "GET", path)
            yield

    def _upload(self, kind: str, client: http.client.HTTPConnection, seeds: Iterator[int]) -> Iterator[None]:
        for seed in seeds:
            data = make_image("PNG", (300, 200), seed=seed, compress_level=0)
            body, headers = multipart("photo.png", data), self.token | MULTIPART
            for _ in range(200):  # as programs do, until it is there
                client.close()  # one that was kept may be closed by now, and nobody sends an upload twice
                outcome, answer = self._ask(kind, client, "POST", "/api/v1/images", body, headers)
                yield
                if outcome in ("200", "201"):
                    self.sent[f"/api/v1/images/{json.loads(answer)['id']}/file"] = data
                    break


def _response(client: http.client.HTTPConnection, method: str, *request: object) -> http.client.HTTPResponse:
    """Return the answer. A connection that was kept may be closed by now, as when nginx reads its settings
    again: like every client of HTTP, one asks on another, unless it may do harm (RFC 9112, 9.3.1).
    """
    was_kept = client.sock is not None
    try:
        client.request(method, *request)
        return client.getresponse()
    except (http.client.RemoteDisconnected, ConnectionError):
        client.close()
        if method != "GET" or not was_kept:
            raise
    client.request(method, *request)
    return client.getresponse()


def pause(seconds: float) -> None:
    """Let people ask for so long."""
    ended = time.monotonic() + seconds
    until(lambda: time.monotonic() > ended, seconds + 5)


def token_of(cluster: Cluster) -> dict[str, str]:
    """Return a header by which one is admin."""
    made = cluster.servers[0].manage("createtoken", "admin")
    return {"Authorization": f"Token {made.stdout.split()[-1]}"}


@contextmanager
def loaded(cluster: Cluster, seed: int = 0, cold: Application | None = None) -> Iterator[Load]:
    """Have people ask for the length of the block, which begins when all of them are answered. `cold` is a
    server beside the others that keeps no bytes, where there is one: some ask it, and it the store.
    """
    token = token_of(cluster)
    load = Load(cluster, token, {}, PEOPLE | (COLD if cold else {}))
    for number in range(4):
        data = make_image("PNG", (400, 300), seed=number)
        status, _, answer = cluster.nginx.request(
            "POST", "/api/v1/images", multipart("warm.png", data), token | MULTIPART
        )
        assert status in (200, 201), answer
        load.warm[f"/api/v1/images/{json.loads(answer)['id']}/file"] = data
    stop, seeds = threading.Event(), itertools.count(1000 + 100_000 * seed)
    kinds: dict[str, Callable] = {
        "public": load._read,
        "cold": load._read,
        "uncached": load._read,
        "pages": load._turn,
        "uploads": lambda kind, client: load._upload(kind, client, seeds),
    }

    def ask(kind: str) -> None:
        port = cold.port if cold and kind in COLD else cluster.nginx.port
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=160)
        for _ in kinds[kind](kind, client):
            if stop.wait(PAUSE_SECONDS):
                break
        client.close()

    people = [
        threading.Thread(target=ask, args=(kind,))
        for kind, count in load.people.items()
        for _ in range(count)
    ]
    for one in people:
        one.start()
    try:
        load.goes_on()
        yield load
    finally:
        stop.set()
        for one in people:
            one.join()
