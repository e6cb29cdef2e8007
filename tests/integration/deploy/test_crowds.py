"""Beside a crowd that asks for what is dear others are answered. tests/bench measures it for longer."""

from collections.abc import Iterator

import pytest

from tests.resilience.crowds import Scene
from tests.resilience.robustness import live_library
from tests.servers.nginx import running_nginx

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

SECONDS = 3  # of each crowd
BOUNDS = {"the server itself": 2, "nginx": 1}  # seconds, of which three times are allowed here


@pytest.fixture(scope="module")
def scene(tmp_path_factory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("crowds")
    with live_library(folder / "data", IMAGELIB_TRUSTED_PROXIES="1") as library:
        yield Scene(library)


@pytest.mark.parametrize("place", BOUNDS)
def test_others_are_answered_beside_a_crowd(scene, tmp_path, place, record_property):
    library = scene.library
    with running_nginx(tmp_path, library.application.port) as nginx:
        port = nginx.port if place == "nginx" else library.application.port
        waits = scene.measure(port, SECONDS)
        assert library.faults_of_workers() == []
    slowest = max(max(seconds) for seconds in waits.seconds.values())
    record_property(f"others beside a crowd at {place}, the slowest", f"{slowest:.2f} s")
    assert slowest < 3 * BOUNDS[place]
    refused = {answer for answer in waits.answers if answer.endswith("503")}
    assert {"sign-ins 503", "tiles 503"} <= refused
