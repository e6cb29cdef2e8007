"""The library as it fetches a file from a server of the tests."""

import os

import pytest
from django.core.exceptions import ValidationError

from images.ingest.fetching.fetch import fetch
from images.ingest.fetching.network import Network
from images.ingest.fetching.targets import Target

DATA = os.urandom(200_000)
ADDRESS = "http://photos.example/a.jpg"

NOTHING = "Nothing can be fetched from this address: it does not answer, or is not public."
LEADS_NOWHERE = "This address leads on to one from which nothing can be fetched."
BROKEN = "The file did not arrive whole."


def fetched(network: Network, address: str = ADDRESS) -> bytes:
    with fetch(Target.parse(address), network) as file:
        return file.read()


def refusal(network: Network, address: str = ADDRESS) -> str:
    """Return the one sentence that is said of an address from which nothing is fetched."""
    with pytest.raises(ValidationError) as refused:
        fetched(network, address)
    (sentence,) = refused.value.messages
    return sentence
