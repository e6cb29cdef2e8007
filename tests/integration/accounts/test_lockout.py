"""The login lockout: ten wrong passwords lock a name for an address, for a quarter of an hour."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.utils import timezone
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from tests.clients.api import IMAGES, token_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(name: str, password: str, address: str = "192.0.2.1"):
    data = {"username": name, "password": password}
    return APIClient().post("/accounts/login", data, format="multipart", REMOTE_ADDR=address)


def test_ten_failed_sign_ins_lock_the_name_from_that_address(viewer, editor):
    """Every attempt comes from a client of its own: the count is in the database."""
    assert [sign_in("viewer", "wrong").status_code for _ in range(9)] == [200] * 9
    sign_in("viewer", "wrong")
    response = sign_in("viewer", PASSWORD)
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "_auth_user_id" not in response.wsgi_request.session
    assert sign_in("editor", PASSWORD).status_code == 302
    assert sign_in("viewer", PASSWORD, address="192.0.2.2").status_code == 302


@pytest.mark.parametrize("said", ["203.0.113.4:5678", "unknown", "[2001:db8::1]:5678", "\udcff"])
def test_a_failed_sign_in_is_counted_whatever_the_proxy_says_of_the_address(viewer, monkeypatch, said):
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    data = {"username": "viewer", "password": "wrong"}
    for _ in range(10):
        response = APIClient().post(
            "/accounts/login", data, format="multipart", headers={"x-forwarded-for": said}
        )
    assert response.status_code == 429


def test_a_lockout_does_not_stop_tokens(viewer):
    headers = token_of(viewer)
    for _ in range(10):
        sign_in("viewer", "wrong")
    assert APIClient().get(IMAGES, headers=headers).status_code == 200


def test_many_wrong_passwords_lock_the_door_for_a_while(stranger):
    for _ in range(10):
        response = sign_in("stranger", "wrong")
    assert response.status_code == 429
    assert "quarter of an hour" in response.content.decode()
    assert sign_in("stranger", PASSWORD).status_code == 429


def test_failures_that_count_no_longer_go_a_bounded_number_at_a_time(viewer):
    old = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME, seconds=1)
    facts = {"ip_address": "192.0.2.9", "failures_since_start": 1}
    AccessAttempt.objects.bulk_create(AccessAttempt(username=f"name {n}", **facts) for n in range(250))
    AccessAttempt.objects.update(attempt_time=old)
    left = []
    for _ in range(3):
        sign_in("viewer", "wrong")
        left.append(AccessAttempt.objects.filter(attempt_time=old).count())
    assert left == [150, 50, 0]


def test_a_sign_in_leaves_no_row_for_ever(viewer):
    assert sign_in("viewer", PASSWORD).status_code == 302
    assert not AccessLog.objects.exists()
