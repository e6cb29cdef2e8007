"""The page of figures: what /metrics tells, in words, to who looks after the server."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import OperationalError
from django.utils import timezone
from prometheus_client import REGISTRY

from images.admin.figures import MOST, Figures, tables
from images.http import routes
from images.http.metrics import Everything
from images.models import Refusal
from images.tasks.schedule import jobs
from storage import figures as store
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PAGE = "/admin/figures/"


@pytest.fixture(autouse=True)
def nobody_away():
    """What other tests of this process left is no outage here."""
    store.AWAY.clear()


@pytest.fixture
def root(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of each row of the page by its head."""
    found = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    return {unescape(head): re.findall(r"<td>(.*?)</td>", cells) for head, cells in found}


def test_it_says_in_words_what_was_counted(root):
    before = REGISTRY.get_sample_value("imagelib_cache_hits_total")
    store.HITS.inc(1500)
    routes.count("gallery", "/", "GET", 200, 0.01)
    routes.count("gallery", "/", "GET", 503, 0.03)
    response = root.get(PAGE)
    told = rows(response.content.decode())
    assert response.status_code == 200
    assert told["gallery"][1] != "0"
    assert told["gallery"][2].endswith(" ms")
    assert told["The store answers"] == ["yes"]
    assert told["Background tasks to be done"] == ["0"]
    assert told["The one that waits longest"] == ["-"]
    assert f"{int(before) + 1500:,} of" in told["Images that were found in it"][0]
    assert re.fullmatch(r"[\d.,]+ GB of [\d.,]+ GB", told["Free on the disk of the data folder"][0])


def test_what_the_schedule_found_is_said(root):
    jobs().count()
    assert "Age of the newest backup in the store" not in rows(root.get(PAGE).content.decode())
    jobs().filter(name="verify").update(facts={"damaged": 3})
    three_days_ago = str(timezone.now() - timedelta(days=3, minutes=1))
    for came, said in ((three_days_ago, "3 days"), (None, "there is none")):
        facts = {"looked": str(timezone.now()), "came": came, "needed": True}
        jobs().filter(name="backup-age").update(facts=facts)
        told = rows(root.get(PAGE).content.decode())
        assert told["Age of the newest backup in the store"] == [said]
    assert told["Originals and backups that the last verification found damaged"] == ["3"]


def test_a_store_that_takes_nothing_is_said(root):
    assert rows(root.get(PAGE).content.decode())["The store takes uploads"] == ["yes"]
    Refusal.objects.create(since=timezone.now(), met_at=timezone.now(), is_full=True)
    assert rows(root.get(PAGE).content.decode())["The store takes uploads"] == ["no"]


def test_a_store_that_is_away_is_said(root):
    store.AWAY.labels("reads").set(1)
    try:
        assert rows(root.get(PAGE).content.decode())["The store answers"] == ["not to 1 process"]
    finally:
        store.AWAY.labels("reads").set(0)


def test_of_many_routes_those_that_take_the_time_are_shown():
    for number in range(MOST + 10):
        routes.count(f"route-{number}", "/", "GET", 200, 1e6 + number)
    try:
        (shown,) = [t for t in tables(Figures(Everything().collect())) if t.columns[:1] == ("Route",)]
        assert [row[0] for row in shown.rows] == [f"route-{n}" for n in range(MOST + 9, 9, -1)]
    finally:
        routes.REQUESTS.clear()
        routes.SECONDS.clear()
        routes._series.cache_clear()


def test_every_figure_of_the_metrics_is_on_the_page():
    """But for the one that says what program it is."""
    asked = set()

    class Asked(Figures):
        def of(self, name: str, **labels: str) -> float:
            asked.add(f"imagelib_{re.sub('_(total|sum|count)$', '', name)}")
            return super().of(name, **labels) or name.startswith("cache")

    now = timezone.now()
    jobs().update(facts={"damaged": 1, "looked": str(now), "came": str(now), "needed": True})
    routes.count("gallery", "/", "GET", 200, 1)
    metrics = list(Everything().collect())
    list(tables(Asked(metrics)))
    assert {metric.name for metric in metrics} - asked == {"imagelib_build_info"}


def test_a_library_that_did_nothing_yet_has_a_page(root):
    routes.REQUESTS.clear()
    routes.SECONDS.clear()
    routes._series.cache_clear()
    assert "Nothing yet." in root.get(PAGE).content.decode()


def test_the_start_page_leads_there(root):
    assert f'href="{PAGE}"' in root.get("/admin/").content.decode()


@pytest.mark.parametrize(("permission", "status"), [("view_dbtaskresult", 200), ("view_image", 403)])
def test_staff_who_may_see_the_background_tasks_see_it(client, permission, status):
    person = make_user("somebody", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename=permission))
    client.force_login(person)
    assert client.get(PAGE).status_code == status
    assert (f'href="{PAGE}"' in client.get("/admin/").content.decode()) == (status == 200)


def test_nobody_else_does(client, stranger):
    assert client.get(PAGE).status_code == 302
    client.force_login(stranger)
    assert client.get(PAGE).status_code == 302


def test_while_the_queue_cannot_be_asked_the_rest_is_shown(root, monkeypatch):
    def gone(*args: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr("images.tasks.figures.age_of_oldest", gone)
    told = rows(root.get(PAGE).content.decode())
    assert "Background tasks to be done" not in told
    assert told["The database answers"] == ["yes"]
