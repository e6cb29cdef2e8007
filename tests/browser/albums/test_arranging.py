"""An album put in order, in a real Chromium, by keyboard alone and without JavaScript."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.albums import seen_entries
from tests.factories import add_image, make_image, make_user


@pytest.mark.parametrize("scripted", [True, False])
def test_the_same_key_again_moves_the_image_further(visit, client, scripted):
    owner = make_user("clara", "Contributors")
    images = [add_image(make_image(seed=seed), title=f"{seed}", uploaded_by=owner) for seed in range(4)]
    album = create(owner, "Kites")
    file(owner, album, [image.pk for image in images])
    visit.sign_in(client, owner)
    if scripted:
        _arrange(visit, images[3].pk)
    else:
        with visit.without_javascript():
            _arrange(visit, images[3].pk)
    assert "".join(entry.image.title for entry in seen_entries(owner, album)) == "0312"


def _arrange(visit, pk) -> None:
    visit.open("/albums/kites?arrange=1")
    visit.evaluate(f"document.getElementById('before-{pk}').focus()")
    for place in (3, 2):  # from 1
        visit.press(Keys.ENTER)
        visit.wait_until(f"document.querySelector('.arranged li:nth-child({place})#image-{pk}')")
        visit.wait_until(f"document.activeElement.id === 'before-{pk}'")
