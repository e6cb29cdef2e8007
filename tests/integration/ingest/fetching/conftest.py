"""A server of the web, and a network in which it is found."""

import pytest

from images.ingest.fetching import fetch as fetching
from images.ingest.fetching.network import Network
from tests.clients.fetching import DATA
from tests.servers.web import network, page, web


@pytest.fixture
def photos():
    with web() as server:
        server.answers["/a.jpg"] = page(DATA)
        yield server


@pytest.fixture
def internet(photos) -> Network:
    return network({"photos.example": photos})


@pytest.fixture
def hurry(monkeypatch):
    """A whole fetch has half a second."""
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
