"""Images are asked to be read anew while others change them."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection, transaction

from images.catalogue.history import recorded
from images.maintenance.outdated import inspect_anew, outdated
from images.models import Image
from tests.factories import sha256
from tests.servers.machine import until

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def test_who_changes_the_same_images_and_who_asks_for_them_wait_and_never_for_each_other():
    facts = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "filename": "a.jpg"}
    ids = [UUID(int=number) for number in (2, 1)]  # the table has them in the other order than their ids
    for pk in ids:
        Image.objects.create(pk=pk, hash=sha256(str(pk).encode()), **facts)

    def ask() -> None:
        try:
            inspect_anew(ids)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            with recorded(None, ids[1:]):
                asked = pool.submit(ask)
                until(somebody_waits)
            with recorded(None, ids):
                Image.objects.filter(pk__in=ids).update(title="Kite")
        asked.result(30)
    assert outdated() == 2
    assert Image.objects.filter(title="Kite").count() == 2
