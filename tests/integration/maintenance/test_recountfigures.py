"""manage.py recountfigures: what pages do not count themselves is put right, and says when."""

from datetime import timedelta

import pytest
from django.utils import timezone

from images.catalogue.tags import tag_names
from images.catalogue.trash import trash
from images.maintenance import recounting
from images.models import Figure, Image, Month, Tag
from tests.clients.commands import run
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


def values() -> dict[str, int]:
    return dict(Figure.objects.values_list("name", "value"))


def test_it_counts_the_library_and_says_when():
    images = [add_image(make_image(seed=seed), alt_text="A kite." * (seed < 2)) for seed in range(4)]
    add_image(make_image(seed=5), visibility="private")
    trash(images[3])
    size = sum(Image.objects.values_list("size", flat=True))
    before = timezone.now()

    assert run("recountfigures", "--json").code == 0
    assert values() == {"images": 4, "private": 1, "described": 2, "trashed": 1, "size": size}
    for figure in Figure.objects.all():
        assert before <= figure.counted_at <= timezone.now()


def test_what_was_wrong_is_right_afterwards_and_new():
    add_image()
    long_ago = timezone.now() - timedelta(days=9)
    Figure.objects.create(name="images", value=77, counted_at=long_ago)
    run("recountfigures")
    assert Figure.objects.get(name="images").value == 1
    assert Figure.objects.filter(counted_at=long_ago).count() == 0


def test_what_an_earlier_version_wrote_meanwhile_is_found_from_then_on():
    image = add_image(title="Lighthouse")
    Image.objects.update(search_key=None, search_text="")
    result = run("recountfigures", "--json")
    assert result.summary["indexed"] == 1
    image.refresh_from_db()
    assert image.search_key
    assert " lighthouse " in image.search_text
    assert run("recountfigures", "--json").summary["indexed"] == 0


def test_figures_of_tags_and_months_are_put_right():
    add_image(tags=["coast"])
    Tag.objects.update(all=9)
    Month.objects.update(public=7)
    assert run("recountfigures", "--json").summary["corrected"] == 2
    assert Tag.objects.values_list("public", "all").get() == (1, 1)
    assert run("recountfigures", "--json").summary["corrected"] == 0


def test_keywords_that_an_earlier_version_wrote_meanwhile_become_tags(monkeypatch):
    monkeypatch.setattr(recounting, "BATCH", 2)
    images = [add_image(make_image(seed=seed)) for seed in range(5)]
    Image.objects.update(search_key=None, search_text="", keywords=["Coast", "boat"])
    assert run("recountfigures", "--json").summary["indexed"] == 5
    assert [tag_names(image) for image in images] == [["boat", "Coast"]] * 5
    assert Image.objects.filter(search_text__contains=" boat ").exclude(search_key=None).count() == 5
    assert Tag.objects.get(key="coast").all == 5
