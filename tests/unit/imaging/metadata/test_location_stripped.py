"""Whatever says where, wherever it is: without its metadata a file shows the same and says nothing."""

import io

import pytest
from PIL import Image

from tests.factories import make_image
from tests.files import exiftool
from tests.unit.imaging.metadata.test_location import CARRIERS, PLACES, is_located
from tests.unit.imaging.test_stripping import frames, stripped


def told(data: bytes) -> set[str]:
    """Return the names under which Pillow tells anything of a file."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return {name for name, value in image.info.items() if value} | set(image.getxmp())


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_stripped_a_file_says_nothing_of_where(place, tmp_path):
    kind, put = PLACES[place]
    bare = make_image(place[0])
    copies = {f"bare.{place[0].lower()}": bare}
    for number, (name, carrier) in enumerate(CARRIERS[kind].items()):
        data = put(carrier)
        copy = copies[f"{number}.{place[0].lower()}"] = stripped(data)
        assert not is_located(copy, place[0]), name
        assert frames(copy) == frames(data), name
        assert stripped(copy) == copy, name
        assert len(copy) <= len(bare), name
        assert told(copy) <= told(bare), name
    tags = {name: set(those) for name, those in exiftool.tags(copies, tmp_path).items()}
    of_bare = tags.pop(f"bare.{place[0].lower()}")
    assert {name: those - of_bare for name, those in tags.items() if those - of_bare} == {}
