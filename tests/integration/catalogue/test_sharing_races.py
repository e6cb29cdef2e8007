"""Links made, prolonged and revoked at the same time: their bound holds, and what was revoked stays so."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from images.catalogue import sharing
from images.catalogue.shares import unended
from images.catalogue.sharing import change_share, make_share, revoke, shares_of
from images.errors import Conflict
from images.models import Image, ShareLink
from tests.clients.api import client_of, problem
from tests.factories import add_image
from tests.integration.catalogue.test_album_races import both

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ROUNDS = 8


def test_of_two_at_once_one_is_the_last(contributor, monkeypatch):
    monkeypatch.setattr(sharing, "MOST", 2)
    tomorrow = timezone.now() + timedelta(days=1)
    for _ in range(ROUNDS):
        ShareLink.objects.all().delete()
        make_share(contributor, "tag:walk")
        expired, _ = make_share(contributor, "tag:walk")
        shares_of(contributor).filter(pk=expired.pk).update(expires_at=timezone.now())
        answers = both(
            lambda: make_share(contributor, "tag:walk"),
            lambda: make_share(contributor, "tag:walk"),
            lambda share=expired: change_share(share, expires_at=tomorrow),
        )
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert [type(error) for error in refused] == [ValidationError] * 2
        assert shares_of(contributor).filter(unended()).count() == 2


def test_what_is_revoked_while_its_terms_change_stays_revoked(contributor):
    for round_ in range(ROUNDS):
        share, _ = make_share(contributor, "tag:walk", password="")
        refused, ended = both(
            lambda share=share: change_share(share, note="Ana", may_download=True),
            lambda share=share: revoke(ShareLink.objects.filter(pk=share.pk)),
        )
        assert ended == 1
        assert refused is None or isinstance(refused, Conflict), round_
        kept = ShareLink.objects.get(pk=share.pk)
        assert kept.revoked_at
        assert kept.note == ("" if refused else "Ana")


@pytest.mark.parametrize("target", ["image", "selection"])
def test_what_is_purged_while_it_is_shared_is_not_shared(contributor, monkeypatch, target):
    image = add_image(uploaded_by=contributor)
    room = sharing._require_room

    def purge_first(maker):
        room(maker)
        Image.objects.filter(pk=image.pk).delete()  # as another, whose transaction ends before this one

    monkeypatch.setattr(sharing, "_require_room", purge_first)
    said = {"image": str(image.pk)} if target == "image" else {"images": [str(image.pk)]}
    asked = {"target": {"type": target, **said}}
    answer = client_of(contributor).post("/api/v1/shares", asked, format="json")
    assert problem(answer) == (409, "conflict")
    assert not ShareLink.objects.exists()
