"""The gallery, behind the viewer."""

import pytest

from images.models import Image
from tests.factories import add_image, make_image, make_user


@pytest.fixture
def images(visit):
    """Five images, the newest first, named A to E; B is private, C has an alternative text."""
    owner = make_user("clara", "Contributors")
    named = [
        add_image(make_image(size=(600, 400), seed=ord(name)), title=name, uploaded_by=owner)
        for name in "EDCBA"
    ]
    Image.objects.filter(title="B").update(visibility="private")
    Image.objects.filter(title="C").update(alt_text="A red kite.")
    return dict(zip("ABCDE", named[::-1], strict=True))


@pytest.fixture
def gallery(visit, client, images):
    """The gallery, as the owner of all images sees it."""
    visit.sign_in(client, images["A"].uploaded_by)
    visit.open("/")
    return visit
