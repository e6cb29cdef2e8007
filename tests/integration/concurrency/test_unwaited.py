"""Writes for which nobody waits, while another writes."""

from time import monotonic

import pytest
from django.db import DatabaseError, connection

from images.concurrency.unwaited import without_waiting
from images.models import Tag
from tests.resilience.unwritable import SOON, another_writes, read_only

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tag(db) -> Tag:
    return Tag.objects.create(name="Kite", key="kite", slug="kite")


def describe(tag: Tag) -> None:
    with without_waiting():
        Tag.objects.filter(pk=tag.pk).update(description="ours")


def test_it_is_written_where_nobody_else_writes(tag):
    describe(tag)
    tag.refresh_from_db()
    assert tag.description == "ours"


def test_it_is_not_waited_for_a_writer(tag):
    with another_writes("images_tag"):
        began = monotonic()
        with pytest.raises(DatabaseError):
            describe(tag)
        assert monotonic() - began < SOON


def test_all_others_wait_as_before(tag):
    with another_writes("images_tag"), pytest.raises(DatabaseError):
        describe(tag)
    asked, waits = (
        ("PRAGMA busy_timeout", 5000) if connection.vendor == "sqlite" else ("SHOW lock_timeout", "0")
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        assert cursor.fetchone() == (waits,)


def test_what_cannot_be_written_raises(tag):
    with read_only(), pytest.raises(DatabaseError):
        describe(tag)
