"""Which sizes each place of the pages is offered, and beneath which images a placeholder lies."""

import io

import pytest

from images.imaging.inspection import inspect_image
from images.models import Image
from images.pages.pictures import address, cell, screen, shared_size, stage, thumbnail, zoomable
from tests.factories import make_image, transparent


def image(width: int = 4000, height: int = 3000, **fields) -> Image:
    return Image(width=width, height=height, **fields)


def offered(srcset: str) -> list[str]:
    return [candidate.split()[1] for candidate in srcset.split(", ")]


def test_the_gallery_is_offered_what_was_made_at_upload():
    assert offered(cell(image()).jpeg) == ["320w", "640w"]


@pytest.mark.parametrize("place", [cell, stage, screen])
def test_of_a_strip_whose_sizes_are_equally_wide_the_highest_is_offered(place):
    picture = place(image(2, 20_000))
    (candidate,) = picture.jpeg.split(", ")
    assert candidate == f"{picture.src} 1w"


@pytest.mark.parametrize("place", [stage, screen])
def test_page_and_viewer_are_offered_every_size_that_is_kept(place):
    assert offered(place(image()).webp) == ["320w", "640w", "1280w", "2560w"]
    assert offered(place(image(3000, 4000)).webp) == ["240w", "480w", "960w", "1920w"]


def test_a_small_image_is_offered_as_large_as_it_is():
    small = image(60, 40)
    for place in (cell, stage, screen, thumbnail):
        picture = place(small)
        assert picture.jpeg == f"{small.get_service_url()}/full/max/0/default.jpg 60w"
        assert picture.webp == f"{small.get_service_url()}/full/max/0/default.webp 60w"
        assert picture.src == f"{small.get_service_url()}/full/max/0/default.jpg"


@pytest.mark.parametrize("place", [stage, screen])
def test_an_animation_moves_on_its_page_and_in_the_viewer(place):
    animation = image(frames=2, mime_type="image/gif")
    picture = place(animation)
    assert (picture.src, picture.width, picture.height) == (animation.get_file_url(), 4000, 3000)
    assert not picture.srcset
    assert cell(animation).srcset


@pytest.mark.parametrize("place", [cell, stage, screen])
@pytest.mark.parametrize("mime_type", ["image/tiff", "image/heic", "image/jpeg"])
def test_of_several_pages_the_first_is_shown_as_a_rendition(mime_type, place):
    pages = image(frames=2, mime_type=mime_type)
    picture = place(pages)
    assert pages.get_file_url() not in f"{picture.src} {picture.webp} {picture.jpeg}"
    assert zoomable(pages)


def test_the_viewer_shows_no_image_larger_than_it_is():
    assert screen(image(600, 400)).sizes == "min(100vw, 150.0vh, 600px)"


@pytest.mark.parametrize(("side", "size"), [(72, (72, 36)), (480, (480, 240)), (2000, (1000, 500))])
def test_a_thumbnail_keeps_its_shape_within_the_square(side, size):
    picture = thumbnail(image(1000, 500), side)
    assert (picture.width, picture.height) == size
    assert picture.sizes == f"{side}px"


@pytest.mark.parametrize(
    ("extent", "size"),
    [((4000, 3000), (1280, 960)), ((1281, 3), (1280, 3)), ((1000, 500), (1000, 500)), ((60, 40), (60, 40))],
)
def test_elsewhere_it_is_at_most_1280_pixels_long(extent, size):
    assert shared_size(image(*extent)) == size


def test_addresses_are_canonical():
    photo = image(1000, 500)
    assert address(photo, (320, 160)) == f"{photo.get_service_url()}/full/320,160/0/default.jpg"
    assert address(photo, (1000, 500), "webp") == f"{photo.get_service_url()}/full/max/0/default.webp"


def placeholder_of(data: bytes) -> str:
    return inspect_image(io.BytesIO(data)).placeholder


@pytest.mark.parametrize("place", [cell, stage])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "P"])
def test_an_opaque_image_has_its_placeholder_beneath_it(place, mode):
    format_ = "PNG" if mode == "P" else "JPEG"
    placeholder = placeholder_of(make_image(format_, mode=mode))
    assert place(image(placeholder=placeholder)).placeholder == placeholder
    assert placeholder


@pytest.mark.parametrize("place", [cell, stage])
@pytest.mark.parametrize("alpha", [0, 100, 254])
def test_a_transparent_image_has_none_for_it_would_shine_through(place, alpha):
    placeholder = placeholder_of(transparent(alpha))
    assert placeholder
    assert place(image(placeholder=placeholder)).placeholder == ""


def test_an_image_without_a_placeholder_has_none():
    assert cell(image()).placeholder == ""
