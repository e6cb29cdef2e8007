"""Hashing passwords takes half a second of a processor: strangers who sign in get turns at it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections
from django.test import Client

import imagelib.settings
from images.accounts import hashing
from tests.factories import PASSWORD
from tests.servers.machine import DEADLINE, until

CALLERS = 16  # as many as a process has threads


@pytest.fixture
def hashes(monkeypatch, settings):
    """Have production's hasher, quick; yield the names of those that are in it, and what lets them out."""
    settings.PASSWORD_HASHERS = imagelib.settings.PASSWORD_HASHERS
    monkeypatch.setattr(hashing, "TIMEOUT", DEADLINE)
    gate, inside, encode = threading.Event(), [], PBKDF2PasswordHasher.encode

    def gated(self, password, salt, iterations=None):
        inside.append(password)
        assert gate.wait(DEADLINE)
        return encode(self, password, salt, 1)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", gated)
    yield inside, gate
    gate.set()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("door", ["/accounts/login", "/admin/login/"])
def test_one_is_hashed_a_few_wait_and_all_others_are_told_to_come_back(hashes, door):
    inside, gate = hashes
    answers = []

    def sign_in(number: int) -> None:
        try:
            response = Client().post(door, {"username": f"stranger {number}", "password": "wrong"})
            answers.append(response)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CALLERS) as pool:
        calls = [pool.submit(sign_in, number) for number in range(CALLERS)]
        until(lambda: len(answers) == CALLERS - 1 - hashing.WAITING)
        assert len(inside) == 1
        assert {response.status_code for response in answers} == {503}
        gate.set()
        for call in calls:
            call.result()

    assert sorted(response.status_code for response in answers).count(200) == 1 + hashing.WAITING
    refused = answers[0]
    assert refused["Retry-After"] == "5"
    assert refused["Cache-Control"] == "no-store"
    assert "signing in just now" in refused.content.decode()
    assert AccessAttempt.objects.count() == 1 + hashing.WAITING  # who was told to come back has not failed


@pytest.mark.django_db
def test_who_waited_too_long_for_a_turn_is_told_to_come_back(hashes, monkeypatch):
    monkeypatch.setattr(hashing, "TIMEOUT", 0.01)
    with hashing.turns.turn("held by another"):
        response = Client().post("/accounts/login", {"username": "stranger", "password": "wrong"})
    assert response.status_code == 503


@pytest.mark.django_db
def test_passwords_from_before_turns_are_still_right(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    get_user_model().objects.create_user("ada", password=PASSWORD)
    settings.PASSWORD_HASHERS = imagelib.settings.PASSWORD_HASHERS
    response = Client().post("/accounts/login", {"username": "ada", "password": PASSWORD})
    assert response.status_code == 302
