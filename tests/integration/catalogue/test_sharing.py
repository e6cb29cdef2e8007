"""Share links are made within bounds, change their terms, and end; of those that ended some are kept."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.catalogue import sharing
from images.catalogue.album_curation import create
from images.catalogue.cursors import Cursor, page_at
from images.catalogue.shares import ended, leading, live_share, selected_ids, unended
from images.catalogue.sharing import (
    change_share,
    listed,
    make_share,
    revoke,
    shares_of,
)
from images.catalogue.trash import purge, trash
from images.errors import Conflict
from images.models import Image, ShareLink
from tests.factories import add_image, add_rows, make_image, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker():
    return make_user("maker", "Contributors")


def made(maker, **terms) -> ShareLink:
    return make_share(maker, "tag:walk", **terms)[0]


def soon(**delta: float):
    return timezone.now() + timedelta(**delta)


def expire(*shares: ShareLink) -> None:
    ShareLink.objects.filter(pk__in=[share.pk for share in shares]).update(expires_at=soon(seconds=-1))


# --- Bounds ------------------------------------------------------------------------------------------


def test_one_has_so_many_that_live_and_those_that_ended_do_not_count(maker, monkeypatch):
    monkeypatch.setattr(sharing, "MOST", 3)
    links = [made(maker) for _ in range(3)]
    with pytest.raises(ValidationError, match="which is the most"):
        made(maker)
    made(make_user("other", "Contributors"))
    expire(links[0])
    made(maker)
    with pytest.raises(ValidationError):
        made(maker)
    revoke(shares_of(maker).filter(pk=links[1].pk))
    made(maker)


def test_of_those_that_ended_the_oldest_go_when_one_is_made(maker, monkeypatch):
    monkeypatch.setattr(sharing, "MOST_ENDED", 2)
    links = [made(maker) for _ in range(4)]
    others = made(make_user("other", "Contributors"))
    revoke(shares_of(maker).filter(pk__in=[links[0].pk, links[2].pk]))
    expire(links[1], others)
    assert ShareLink.objects.count() == 5
    last = made(maker)
    assert [*shares_of(maker)] == [last, links[3], links[2], links[1]]
    assert ShareLink.objects.filter(pk=others.pk).exists()


def test_a_few_of_them_go_at_once(maker, monkeypatch):
    monkeypatch.setattr(sharing, "MOST_ENDED", 1)
    monkeypatch.setattr(sharing, "GONE", 2)
    expire(*[made(maker) for _ in range(5)])
    made(maker)
    assert shares_of(maker).filter(ended()).count() == 3


def test_what_may_not_be_shared_costs_no_hashing(maker, monkeypatch):
    monkeypatch.setattr(sharing, "make_password", pytest.fail)
    theirs = add_image(visibility="private")
    with pytest.raises(PermissionDenied):
        make_share(maker, theirs, password="a secret")


@pytest.mark.parametrize("hidden", [True, False])
def test_in_a_selection_hidden_equals_absent_and_what_is_anothers_is_forbidden(hidden):
    maker = make_user("stranger")
    own = add_image(make_image(seed=1), uploaded_by=maker)
    theirs = add_image(make_image(seed=2), visibility="private")
    other = theirs.pk
    if not hidden:
        Image.objects.all().delete()
        own = add_image(make_image(seed=1), uploaded_by=maker)
    with pytest.raises(ValidationError) as raised:
        make_share(maker, [own.pk, other])
    assert raised.value.message_dict == {"images": [f"There is no such image: {other}."]}
    viewer = make_user("viewer", "Viewers")
    if hidden:
        with pytest.raises(PermissionDenied, match="not yours to share"):
            make_share(viewer, [other])


def test_a_large_selection_takes_a_query_for_each_part_of_it(maker):
    ids = [image.pk for image in add_rows(1_200, uploaded_by=maker)]
    with CaptureQueriesContext(connection) as asked:
        share, _ = make_share(maker, ids)
    of_images = [query for query in asked if 'FROM "images_image"' in query["sql"]]
    assert len(of_images) == 3
    assert share.entries.count() == 1_200


# --- Terms -------------------------------------------------------------------------------------------


def test_terms_are_changed_one_by_one(maker):
    share, secret = make_share(maker, "tag:walk", note="Ana")
    change_share(share, password="open sesame")
    change_share(share, note="  Ben\x07 ", may_download=True)
    kept = live_share(secret)
    assert (kept.note, kept.may_download, kept.may_locate, kept.expires_at) == ("Ben", True, False, None)
    assert check_password("open sesame", kept.password)
    assert "sesame" not in kept.password
    change_share(share, password="")
    assert live_share(secret).password == ""
    change_share(share)


def test_what_others_write_meanwhile_stays(maker):
    share = made(maker)
    ShareLink.objects.update(visits=7)
    change_share(share, note="Ana")
    assert ShareLink.objects.get().visits == 7


def test_one_that_was_revoked_is_changed_no_more(maker):
    share = made(maker)
    revoke(shares_of(maker))
    with pytest.raises(Conflict):
        change_share(share, note="Ana")
    assert ShareLink.objects.get().note == ""


def test_one_that_expired_lives_again_where_there_is_room(maker, monkeypatch):
    monkeypatch.setattr(sharing, "MOST", 1)
    share, secret = make_share(maker, "tag:walk")
    expire(share)
    other = made(maker)
    with pytest.raises(ValidationError, match="which is the most"):
        change_share(share, expires_at=soon(days=1))
    change_share(share, note="Late")
    revoke(shares_of(maker).filter(pk=other.pk))
    change_share(share, expires_at=soon(days=1))
    assert live_share(secret).note == "Late"


def test_a_revoked_link_forgets_its_password(maker):
    made(maker, password="open sesame")
    assert revoke(shares_of(maker)) == 1
    assert revoke(shares_of(maker)) == 0
    assert ShareLink.objects.get().password == ""


# --- What is told of them ----------------------------------------------------------------------------


def test_which_of_them_lead_somewhere_is_known_in_two_queries(maker, django_assert_num_queries):
    own = [add_image(make_image(seed=seed), uploaded_by=maker) for seed in range(3)]
    album, lost = create(maker, title="Walk"), create(maker, title="Lost")
    links = [
        make_share(maker, of)[0]
        for of in (own[0], own[1], album, lost, [own[0].pk, own[1].pk], [own[1].pk], "tag:walk")
    ]
    trash(own[1])
    type(lost).objects.filter(pk=lost.pk).update(made_by=None)
    maker.groups.clear()
    maker = type(maker).objects.get(pk=maker.pk)
    rows = list(listed(shares_of(maker)))
    maker.has_perm("images.view_image")
    with django_assert_num_queries(2):
        found = leading(maker, rows)
    assert found == {links[number].pk for number in (0, 2, 4, 6)}
    assert leading(maker, []) == set()


def test_how_many_were_selected_and_which_of_them_are_seen(maker):
    own = [add_image(make_image(seed=seed), uploaded_by=maker) for seed in range(3)]
    make_share(maker, [image.pk for image in reversed(own)])
    trash(own[1])
    (share,) = listed(shares_of(maker))
    assert share.selected == 3
    assert selected_ids(share) == [own[2].pk, own[0].pk]


def test_what_is_purged_leaves_the_selections(maker):
    own = [add_image(make_image(seed=seed), uploaded_by=maker) for seed in range(2)]
    make_share(maker, [image.pk for image in own])
    make_share(maker, own[0])
    trash(own[0])
    purge(Image.objects.get(pk=own[0].pk))
    (share,) = listed(shares_of(maker))
    assert selected_ids(share) == [own[1].pk]


def test_the_list_of_a_person_goes_along_its_index(maker):
    share = made(maker)
    cursor = Cursor.beside(share, "-created_at", backwards=False)
    for place in (None, cursor):
        with CaptureQueriesContext(connection) as asked:
            page_at(listed(shares_of(maker)), "-created_at", place)
        (query,) = asked
        with connection.cursor() as database:
            if connection.vendor == "postgresql":
                database.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
                database.execute("SET LOCAL enable_bitmapscan = off")
                database.execute("EXPLAIN " + query["sql"])
            else:
                database.execute("EXPLAIN QUERY PLAN " + query["sql"])
            explained = "\n".join(str(row) for row in database.fetchall())
        assert "share_of_maker" in explained, explained
        assert "TEMP B-TREE FOR ORDER BY" not in explained, explained


def test_those_that_live_and_those_that_ended_are_all(maker):
    links = [made(maker), made(maker, expires_at=soon(days=1)), made(maker), made(maker)]
    revoke(shares_of(maker).filter(pk=links[2].pk))
    expire(links[3])
    assert {*shares_of(maker).filter(unended())} == {*links[:2]}
    assert {*shares_of(maker).filter(ended())} == {*links[2:]}
