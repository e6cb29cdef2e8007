"""Whatever kills an upload, wherever: what was acknowledged is there, and no row lacks its object."""

import io

import pytest

from images.imaging.sandbox import strip
from storage.keys import is_original
from tests.factories import make_image, sha256
from tests.files.located import photo
from tests.resilience.killed_uploads import (
    ACKNOWLEDGED,
    STEPS,
    orphans_of_whole_library,
    upload,
    upload_and_die,
    work_off,
)
from tests.resilience.robustness import live_library
from tests.resilience.worker_deaths import kill_workers
from tests.servers.application import fresh_database

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.drill,
    pytest.mark.race,
]

WITHOUT_OBJECT = [*STEPS][: [*STEPS].index("when the draft got its name")]
STRIP = {"location": "strip"}
WITH_ROW = [*STEPS][[*STEPS].index("when the row was committed") :]


OF_THE_FIRST_LOCK = {
    "before the lock is freed",
    "when the lock is free",
}  # of a file that is stripped after it
KINDS = [(step, {}) for step in STEPS] + [(step, STRIP) for step in STEPS if step not in OF_THE_FIRST_LOCK]


@pytest.mark.parametrize(("step", "fields"), KINDS)
def test_an_upload_killed_at_any_step_leaves_a_whole_library(contributor, queued, step, fields):
    data = kept = make_image("PNG")
    if fields:
        data, without = photo(), io.BytesIO()
        strip(io.BytesIO(data), without)
        kept = without.getvalue()
    acknowledged = upload_and_die(step, data, contributor, **fields)

    assert acknowledged == (step in ACKNOWLEDGED)
    orphans = orphans_of_whole_library([kept] if acknowledged else [])
    originals = {key for key in orphans if is_original(key)}
    assert originals == (set() if step in WITHOUT_OBJECT or step in WITH_ROW else {sha256(kept)})
    assert len(orphans - originals) == (step == "before a rendition has a row")
    assert upload(data, contributor, **fields) == (200 if step in WITH_ROW else 201)
    work_off()
    assert orphans_of_whole_library([kept]) == set()


def test_workers_killed_at_random_moments_leave_a_whole_library(tmp_path):
    with (
        fresh_database(tmp_path / "data") as database_url,
        live_library(tmp_path / "data", DATABASE_URL=database_url) as library,
    ):
        survey = kill_workers(library, times=3)
    assert survey.acknowledged > 0
    assert survey.broken_off > 0
