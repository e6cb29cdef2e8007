"""The same bytes from many sides at once: one row, one object, and nothing is lost to emptying or pruning."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest

from images.maintenance import garbage
from images.models import Image
from tests.factories import add_image, make_image, sha256
from tests.resilience.races import prune, purged, race, start
from tests.resilience.robustness import live_library
from tests.servers.application import fresh_database

pytestmark = [pytest.mark.drill, pytest.mark.race]

ROUNDS = 20  # `python -m tests.bench.durability` runs a thousand


def test_50_uploads_of_one_file_are_one_image(tmp_path, django_db_blocker):
    data = make_image("PNG", (600, 400))
    with (
        django_db_blocker.unblock(),
        fresh_database(tmp_path / "data") as database_url,
        live_library(tmp_path / "data", DATABASE_URL=database_url) as library,
    ):
        with ThreadPoolExecutor(50) as pool:
            outcomes = list(pool.map(lambda _: library.send("photo.png", data), range(50)))
        assert [outcome for outcome in outcomes if outcome.faults] == []
        assert sorted(outcome.answer for outcome in outcomes) == ["200"] * 49 + ["201"]
        assert library.faults_of_workers() == []
        (image,) = library.images()
        assert image["hash"] == sha256(data)
        files = [path for path in (tmp_path / "data" / "objects").rglob("*") if path.is_file()]
        assert [path.name for path in files] == [sha256(data)]  # there is no worker to draw


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_lost_between_upload_emptying_and_pruning(editor):
    assert race(make_image("PNG"), editor, ROUNDS).total() == ROUNDS


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_upload_waits_while_its_object_is_being_pruned(editor, monkeypatch):
    """It comes between the last look for a row and the delete: the one moment no grace period covers."""
    data = make_image("PNG")
    purged(add_image(data, uploaded_by=editor))
    look = garbage.is_referenced
    uploads = []

    def look_and_dawdle(key: str) -> bool:
        answer = look(key)
        uploads.append(start(pool, lambda: add_image(data, uploaded_by=editor), Barrier(1)))
        wait(uploads, 0.5)  # seconds; it would be done long before if nothing held it back
        return answer

    monkeypatch.setattr(garbage, "is_referenced", look_and_dawdle)
    with ThreadPoolExecutor(1) as pool:
        prune()
    uploads[0].result()
    assert Image.objects.get().read() == data
