"""Changing a password in a real Chromium: the tokens that outlive it, and revoking them."""

import pytest
from knox.models import AuthToken
from selenium.webdriver.common.by import By

from tests.browser.accessibility import violations
from tests.browser.test_layout import SMALL_TARGETS
from tests.factories import PASSWORD, make_user

NEW = "staple battery horse"


@pytest.mark.parametrize("door", ["own", "admin"])
def test_the_page_offers_to_revoke_tokens_and_does(visit, client, door):
    person = make_user("robin")
    for _ in range(2):
        AuthToken.objects.create(person)
    root = make_user("root", is_staff=True, is_superuser=True)
    visit.sign_in(client, person if door == "own" else root)
    visit.open("/accounts/password" if door == "own" else f"/admin/auth/user/{person.pk}/password/")
    label = visit.find("label:has([name=revoke_tokens]), label[for=id_revoke_tokens]")
    assert label.text.startswith("Revoke 2 API tokens too")
    assert not visit.find("[name=revoke_tokens]").is_selected()
    if door == "own":
        assert violations(visit.browser) == []
        assert visit.browser.execute_script(SMALL_TARGETS) == []
        visit.browser.find_element(By.NAME, "old_password").send_keys(PASSWORD)
    for field in visit.all("[type=password]:not([name=old_password])"):
        field.send_keys(NEW)
    label.click()
    visit.follow("main button" if door == "own" else "[name=set-password]")
    assert not AuthToken.objects.filter(user=person).exists()
    person.refresh_from_db()
    assert person.check_password(NEW)
