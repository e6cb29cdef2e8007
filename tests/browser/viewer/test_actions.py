"""What is done to the image, told with the way back, and seen in the grid behind."""

from selenium.webdriver.common.keys import Keys

from images.catalogue.album_curation import create
from images.models import Image
from tests.browser.accessibility import violations
from tests.browser.viewer.viewing import IS_OPEN, SAID, TITLES, TOLD, open_at, shown, to_tags


def test_what_is_moved_to_the_trash_leaves_the_grid_and_comes_back(gallery, images):
    open_at(gallery, "B")
    gallery.press(Keys.DELETE)
    gallery.wait_until(f"{SAID} === '“B” is in the trash.'")
    assert shown(gallery) == "C"
    assert gallery.evaluate(TITLES) == "ACDE"
    assert gallery.find(".viewer-counter").text == "2 of 4"
    assert gallery.browser.current_url == gallery.origin + images["C"].get_absolute_url()
    assert set(Image.objects.exclude(deleted_at=None)) == {images["B"]}
    assert violations(gallery.browser) == []
    gallery.find(".viewer-said button").click()
    gallery.wait_until(f"{SAID} === '“B” is back.'")
    assert shown(gallery) == "B"
    assert gallery.evaluate(TITLES) == "ABCDE"
    assert gallery.find(".viewer-counter").text == "2 of 5"
    assert not Image.objects.exclude(deleted_at=None).exists()
    gallery.press(Keys.ARROW_RIGHT)
    assert shown(gallery) == "C"


def test_the_last_one_moved_to_the_trash_leads_back_and_u_undoes_it(gallery, images):
    open_at(gallery, "E")
    gallery.find(".viewer-trash").click()
    gallery.wait_until(f"{SAID} === '“E” is in the trash.'")
    assert shown(gallery) == "D"
    gallery.press("u")
    gallery.wait_until(f"{SAID} === '“E” is back.'")
    assert gallery.evaluate(TITLES) == "ABCDE"


def test_tags_are_added_and_taken_off_again(gallery, images):
    open_at(gallery, "A")
    to_tags(gallery)
    gallery.press("Porto, by night", Keys.ENTER)
    gallery.wait_until(f"{SAID} === '“A” has these tags now.' && {TOLD}.includes('by night')")
    assert sorted(images["A"].tags.values_list("name", flat=True)) == ["Porto", "by night"]
    gallery.find(".viewer-said button").click()
    gallery.wait_until(f"{SAID}.includes('without') && !{TOLD}.includes('by night')")
    assert not images["A"].tags.exists()


def test_after_a_tag_the_keyboard_is_back_at_the_viewer(gallery, images):
    open_at(gallery, "A")
    to_tags(gallery)
    gallery.press("Porto", Keys.ENTER)
    gallery.wait_until(f"{SAID} === '“A” has these tags now.' && {TOLD}.includes('Porto')")
    gallery.press("u")
    gallery.wait_until(f"{SAID}.includes('without') && !{TOLD}.includes('Porto')")
    assert not images["A"].tags.exists()
    gallery.press(Keys.ARROW_RIGHT)
    assert shown(gallery) == "B"


def test_a_tag_that_is_not_saved_keeps_its_field(gallery, images):
    open_at(gallery, "A")
    to_tags(gallery)
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/batch"]})
    gallery.press("Porto", Keys.ENTER)
    gallery.wait_until(f"{SAID} === 'The library could not be reached.'")
    assert gallery.evaluate("document.activeElement.id") == "viewer-tags"
    assert gallery.evaluate("document.activeElement.value") == "Porto"
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    gallery.listen()
    gallery.complaints = [text for text in gallery.complaints if "ERR_BLOCKED_BY" not in text]


def test_escape_leaves_a_field_first_and_then_the_viewer(gallery, images):
    create(images["A"].uploaded_by, "Summer in Porto")
    open_at(gallery, "A")
    for key, field in (("t", "#viewer-tags"), ("a", ".filing [name=album]")):
        gallery.press(key)
        gallery.wait_until(f"document.activeElement.matches('{field}')")
        gallery.press("x", Keys.ESCAPE)
        assert gallery.evaluate(IS_OPEN)
        assert not gallery.evaluate("document.activeElement.matches('input')")
        assert gallery.evaluate(f"document.querySelector('.viewer {field}').value") == "x"
    gallery.press(Keys.ESCAPE)
    gallery.wait_until(f"!{IS_OPEN} && location.pathname === '/'")


def test_who_sees_it_is_changed_and_seen_in_the_grid(gallery, images):
    badges = "[...document.querySelectorAll('.cell a:has(.badge)')].map(link => link.dataset.title).join('')"
    open_at(gallery, "A")
    gallery.press("i")
    gallery.wait_until("document.querySelector('.viewer-told .visibility')")
    gallery.find(".viewer-told .visibility [value=hide]").click()
    gallery.wait_until(f"{SAID}.startsWith('1 image is private now.')")
    gallery.wait_until(f"{badges} === 'AB'")
    assert gallery.find(".viewer-main .badge").is_displayed()
    assert Image.objects.get(title="A").visibility == "private"
    gallery.find(".viewer-said button").click()
    gallery.wait_until(f"{SAID} === 'Undone: Visibility (1 image).' && {badges} === 'B'")
    assert Image.objects.get(title="A").visibility == "public"
    gallery.find(".viewer-told .visibility [value=unlist]").click()
    gallery.wait_until(f"{SAID}.startsWith('1 image is unlisted now.')")
    gallery.wait_until("document.querySelector('.viewer-main .badge').textContent === 'Unlisted'")


def test_words_are_written_and_images_filed_there(gallery, images):
    album = create(images["A"].uploaded_by, "Summer in Porto")
    open_at(gallery, "A")
    gallery.press("a")
    gallery.wait_until("document.activeElement.closest('.filing')")
    gallery.press("Summer in Porto", Keys.ENTER)
    gallery.wait_until(f"{SAID} === 'It is in this album now.'")
    assert list(album.images.all()) == [images["A"]]
    gallery.find(".viewer-told .edit summary").click()
    title = gallery.find(".viewer-told .edit [name=title]")
    title.clear()
    title.send_keys("Aa", Keys.ENTER)
    gallery.wait_until(f"{SAID} === 'Saved.'")
    assert gallery.find(".viewer strong").text == "Aa"
    assert gallery.evaluate(TITLES) == "AaBCDE"
    assert Image.objects.filter(title="Aa").exists()


def test_filing_goes_back_from_its_message(gallery, images):
    filed = "document.querySelectorAll('.viewer-told .filed a').length"
    album = create(images["A"].uploaded_by, "Summer in Porto")
    open_at(gallery, "A")
    gallery.press("a")
    gallery.wait_until("document.activeElement.closest('.filing')")
    gallery.press("Summer in Porto", Keys.ENTER)
    gallery.wait_until(f"{SAID} === 'It is in this album now.' && {filed} === 1")
    gallery.press("u")
    gallery.wait_until(f"{SAID} === 'Undone: images added (1 album).' && {filed} === 0")
    assert not album.images.exists()
    assert gallery.find(".viewer-said button").text == "Redo"
    gallery.find(".viewer-said button").click()
    gallery.wait_until(f"{SAID} === 'Done again: images added (1 album).' && {filed} === 1")
    assert gallery.find(".viewer-said button").text == "Undo"
    gallery.find(".viewer-told [value=unfile]").click()
    gallery.wait_until(f"{SAID} === 'It is out of this album.' && {filed} === 0")
    gallery.find(".viewer-said button").click()
    gallery.wait_until(f"{SAID} === 'Undone: images taken out (1 album).' && {filed} === 1")
    assert list(album.images.all()) == [images["A"]]


def test_it_offers_what_the_person_may_do(visit, images):
    visit.open("/")
    open_at(visit, "A")
    assert not visit.all(".viewer-trash, .viewer-tagging")
    file = visit.find(".viewer-download").get_attribute("href")
    assert file == visit.origin + images["A"].get_file_url()
    visit.press("i")
    visit.wait_until(f"{TOLD}.includes('SHA-256')")
    assert not visit.all(".viewer-told form")
    assert violations(visit.browser) == []


def test_nothing_leaves_the_grid_that_could_not_be_moved(gallery, images):
    open_at(gallery, "A")
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/batch"]})
    gallery.press(Keys.DELETE)
    gallery.wait_until(f"{SAID} === 'The library could not be reached.'")
    assert gallery.evaluate(TITLES) == "ABCDE"
    assert not gallery.find(".viewer-said button").is_displayed()
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    gallery.listen()
    gallery.complaints = [text for text in gallery.complaints if "ERR_BLOCKED_BY" not in text]
