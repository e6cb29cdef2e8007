"""Whatever says where, wherever it is: without its metadata a file shows the same and says nothing."""

import io

import pytest
from PIL import Image

from tests.factories import make_image
from tests.files import exiftool
from tests.unit.imaging.metadata.test_location import CARRIERS, PLACES, is_located
from tests.unit.imaging.test_stripping import DRAWN, frames, has_metadata, stripped


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_stripped_a_file_says_nothing_of_where(place, tmp_path):
    kind, put = PLACES[place]
    bare, copies = make_image(place[0]), {}
    for number, (name, carrier) in enumerate(CARRIERS[kind].items()):
        data = put(carrier)
        copy = copies[f"{number}.{place[0].lower()}"] = stripped(data)
        assert not is_located(copy, place[0]), name
        assert frames(copy) == frames(data), name
        assert stripped(copy) == copy, name
        assert len(copy) <= len(bare), name
        with Image.open(io.BytesIO(copy)) as image:
            image.load()
            assert dict(image.getexif()) == {}, name
            assert image.getxmp() == {}, name
            assert set(image.info) <= DRAWN, name
    for name, tags in exiftool.tags(copies, tmp_path).items():
        assert [tag for tag in tags if has_metadata(tag)] == [], name
