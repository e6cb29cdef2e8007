import pytest
from django.db import OperationalError, connection

from images.catalogue.access import open_images
from images.catalogue.trash import trash
from images.iiif.requests import RenditionSpec
from images.models import Image
from images.renditions.store import get_rendition
from images.serving.lookups import (
    OPEN_IMAGE,
    OPEN_RENDITION,
    SERVED,
    CompiledQuery,
    find_open_image,
    find_open_rendition,
)
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images() -> list[Image]:
    """An image of each kind: public, private, and both in the trash. Only the first is for everyone."""
    states = [(visibility, trashed) for trashed in (False, True) for visibility in ("public", "private")]
    made = []
    for seed, (visibility, trashed) in enumerate(states):
        image = add_image(make_image(seed=seed), visibility=visibility)
        if trashed:
            trash(image)
        made.append(image)
    return made


def test_it_finds_what_the_queryset_finds(images):
    for image in images:
        found = find_open_image(image.pk)
        assert (found is not None) == open_images().filter(pk=image.pk).exists()
    assert find_open_image(images[0].pk) == images[0]


def test_a_row_equals_the_one_of_the_queryset(images):
    public = images[0]
    found = find_open_image(public.pk)
    assert all(getattr(found, name) == getattr(public, name) for name in SERVED)
    assert OPEN_IMAGE.fetch(public.pk)[1:] == OPEN_IMAGE.build(public.pk).get()[1:]


def test_a_row_of_a_rendition_equals_the_one_of_the_queryset(images):
    public, *_ = images
    for image in images:
        stored = image.renditions.values_list("spec", flat=True)
        assert stored
        for spec in stored:
            assert (OPEN_RENDITION.fetch(image.pk, spec) is None) == (image != public)
    spec = public.renditions.values_list("spec", flat=True)[0]
    assert OPEN_RENDITION.fetch(public.pk, spec) == OPEN_RENDITION.build(public.pk, spec).get()
    assert find_open_rendition(public.pk, spec) == get_rendition(public, RenditionSpec.parse(spec))
    assert find_open_rendition(public.pk, "full/max/0/default.gif") is None


def test_a_request_that_no_database_takes_finds_nothing(images):
    assert find_open_rendition(images[0].pk, "full/max/0/default\0.gif") is None


def test_it_asks_for_nothing_more(images, django_assert_num_queries):
    with django_assert_num_queries(1):
        image = find_open_image(images[0].pk)
        assert image.is_public
        assert image.read()


# --- While the database is away ---------------------------------------------------------------------


def away(*args) -> None:
    raise OperationalError("PostgreSQL does not answer.")


def test_what_anyone_saw_a_moment_ago_is_found_and_served_as_ever(images, client):
    public = images[0]
    spec = public.renditions.values_list("spec", flat=True)[0]
    paths = [f"/api/v1/images/{public.pk}/file", f"/iiif/3/{public.pk}/{spec}"]
    before = [client.get(path) for path in paths]
    with connection.execute_wrapper(away):
        after = [client.get(path) for path in paths]
    for one, other in zip(before, after, strict=True):
        assert (one.status_code, one.headers, one.content) == (200, other.headers, other.content)


def test_nothing_else_is_answered_but_that_it_is_busy(images, client, viewer):
    public, *_ = images
    for image in images:
        client.get(f"/api/v1/images/{image.pk}/file")
    public.visibility = "private"
    public.save()
    assert client.get(f"/api/v1/images/{public.pk}/file").status_code == 404  # and so it is forgotten
    with connection.execute_wrapper(away):
        for image in images:
            response = client.get(f"/api/v1/images/{image.pk}/file")
            assert (response.status_code, response.json()["code"]) == (503, "busy")
            assert "Retry-After" in response


def test_an_answer_that_was_overtaken_is_not_remembered(images, monkeypatch):
    """It was found public by one request, and private by another that was quicker to say so."""
    query, ask = CompiledQuery(OPEN_IMAGE.build, OPEN_IMAGE.samples), CompiledQuery._ask

    def late(self, image_id):
        row = ask(self, image_id)
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(CompiledQuery, "_ask", lambda *args: None)
            assert query.fetch(image_id) is None
        return row

    with monkeypatch.context() as patch:
        patch.setattr(CompiledQuery, "_ask", late)
        assert query.fetch(images[0].pk)
    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        query.fetch(images[0].pk)
