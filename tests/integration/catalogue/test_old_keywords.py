"""The migration that makes tags of the keywords of rows of before, and counts."""

import importlib
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from images.catalogue.tags import tag_names
from images.maintenance.recounting import recount
from images.models import Image, Month, Tag

migration = importlib.import_module("images.migrations.0015_tags")

pytestmark = pytest.mark.django_db

FACTS = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "filename": "a.jpg"}
AT = datetime(2019, 8, 2, 21, 30, tzinfo=UTC)
WRITTEN = [  # keywords -> tags
    ({"keywords": ["Coast", "boat"]}, ["boat", "Coast"]),
    ({"keywords": ["coast", "São", "C"], "visibility": "private"}, ["C", "Coast", "São"]),
    ({"keywords": ["C++", "sao", "\u0301", "x" * 300], "taken_at": AT}, ["C++", "São", "x" * 100]),
    ({"keywords": ["boat"], "deleted_at": AT}, ["boat"]),
    ({"keywords": []}, []),
]


@pytest.fixture
def images() -> list[Image]:
    return [
        Image.objects.create(hash=f"{number:064}", id=f"{number:032}", **FACTS, **said)
        for number, (said, _) in enumerate(WRITTEN)
    ]


def migrate() -> None:
    migration.tag(apps, SimpleNamespace(connection=connection))
    migration.count(apps, SimpleNamespace(connection=connection))


@pytest.mark.parametrize("batch", [1, 2, 2_000])
def test_keywords_become_tags_and_figures_are_counted(images, monkeypatch, batch):
    monkeypatch.setattr(migration, "BATCH", batch)
    migrate()
    assert [tag_names(image) for image in images] == [tags for _, tags in WRITTEN]
    figures = Tag.objects.values_list("key", "slug", "public", "all")
    assert set(figures) == {
        ("boat", "boat", 1, 1),
        ("c", "c", 0, 1),
        ("c++", "c-2", 1, 1),
        ("coast", "coast", 1, 2),
        ("sao", "sao", 1, 2),
        ("x" * 100, "x" * 100, 1, 1),
    }
    assert Month.objects.values_list("public", "all").get(month=date(2019, 8, 1)) == (1, 1)
    assert recount() == 0


def test_it_can_be_stopped_and_begun_again(images, monkeypatch):
    monkeypatch.setattr(migration, "BATCH", 2)
    sleep = migration.time.sleep
    monkeypatch.setattr(migration.time, "sleep", lambda seconds: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        migrate()
    assert [tag_names(image) for image in images[:3]] == [WRITTEN[0][1], WRITTEN[1][1], []]
    monkeypatch.setattr(migration.time, "sleep", sleep)
    for _ in range(2):
        migrate()
        assert [tag_names(image) for image in images] == [tags for _, tags in WRITTEN]
        assert recount() == 0


def test_the_column_stays_as_it_is(images):
    migrate()
    assert [image.keywords for image in Image.objects.order_by("pk")] == [
        said["keywords"] for said, _ in WRITTEN
    ]
