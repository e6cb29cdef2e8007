"""Too many uploads within an hour."""

import pytest
from django.core.cache import caches
from rest_framework.test import APIClient

from images.http.limits import UploadThrottle
from tests.clients.api import IMAGES, form, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_uploads_an_hour(monkeypatch):
    monkeypatch.setattr(UploadThrottle, "THROTTLE_RATES", {"upload": "2/hour"})


def test_uploads_past_the_rate_answer_429_with_retry_after(contributor, two_uploads_an_hour):
    client = APIClient()
    client.force_authenticate(contributor)
    for seed in range(2):
        assert client.post(IMAGES, form(seed), format="multipart").status_code == 201
    response = client.post(IMAGES, form(2), format="multipart")
    assert problem(response) == (429, "throttled")
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert client.get(IMAGES).status_code == 200


def test_uploads_are_counted_by_person_over_all_processes(
    contributor, editor, two_uploads_an_hour, monkeypatch
):
    def upload(user, seed):
        monkeypatch.setattr(UploadThrottle, "cache", caches.create_connection("default"))  # as a new process
        client = APIClient()
        client.force_authenticate(user)
        return client.post(IMAGES, form(seed), format="multipart").status_code

    assert [upload(contributor, seed) for seed in range(3)] == [201, 201, 429]
    assert upload(editor, 3) == 201
