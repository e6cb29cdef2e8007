"""Whatever kills an upload, wherever: what was acknowledged is there, and no row lacks its object."""

import pytest

from tests.mortal import ACKNOWLEDGED, STEPS, orphans_of_whole_library, upload, upload_and_die
from tests.support import make_image, sha256

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

WITHOUT_OBJECT = [*STEPS][: [*STEPS].index("when the draft got its name")]
WITH_ROW = [*STEPS][[*STEPS].index("when the row was committed") :]


@pytest.mark.parametrize("step", STEPS)
def test_an_upload_killed_at_any_step_leaves_a_whole_library(contributor, step):
    data = make_image("PNG")
    acknowledged = upload_and_die(step, data, contributor)

    assert acknowledged == (step == ACKNOWLEDGED)
    orphans = orphans_of_whole_library([data] if acknowledged else [])
    assert orphans == (set() if step in WITHOUT_OBJECT or step in WITH_ROW else {sha256(data)})
    assert upload(data, contributor) == (200 if step in WITH_ROW else 201)
    assert orphans_of_whole_library([data]) == set()
