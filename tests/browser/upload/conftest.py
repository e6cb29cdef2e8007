"""The upload page, as somebody who may upload sees it."""

import pytest

from tests.browser.upload.uploader import Uploader
from tests.factories import make_user


@pytest.fixture
def clara(visit, client):
    user = make_user("clara", "Contributors")
    visit.sign_in(client, user)
    return user


@pytest.fixture
def page(clara, visit, tmp_path):
    return Uploader(visit, tmp_path)
