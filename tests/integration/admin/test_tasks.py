"""Background tasks in the admin: what waits for a worker; what was given up is tried again or forgotten."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from images.errors import Unrenderable
from images.tasks.queue import ATTEMPTS, do, take
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued")]

LIST = "/admin/django_tasks_database/dbtaskresult/"


@task()
def fly(kite: str) -> None:
    raise Unrenderable("There is no wind.")


@pytest.fixture
def root(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def rows(client, query: str = "") -> list[dict[str, str]]:
    """Return what the columns say, a dictionary a row."""
    page = client.get(f"{LIST}{query}")
    assert page.status_code == 200
    found = re.findall(r"<tr>(.*?)</tr>", page.content.decode().partition("<tbody>")[2], re.DOTALL)
    return [dict(re.findall(r'class="field-(\w+)[^>]*>(.*?)</t', row, re.DOTALL)) for row in found]


def fail(times: int) -> None:
    for _ in range(times):
        DBTaskResult.objects.update(run_after=timezone.now())
        do(take("a worker"))


def test_what_waits_is_at_work_or_failed_is_told(root):
    fly.enqueue("red")
    assert {**rows(root)[0], "enqueued_at": ""} == {
        "task_name": "fly",
        "about": "red",
        "state": "Waiting",
        "enqueued_at": "",
        "attempts": f"0/{ATTEMPTS}",
        "next_attempt": "-",
        "failure": "-",
    }
    taken = take("a worker")
    assert rows(root)[0]["state"] == "At work"
    do(taken)
    (row,) = rows(root)
    assert (row["state"], row["attempts"]) == ("Failed, to be tried again", f"1/{ATTEMPTS}")
    assert row["failure"] == "Unrenderable: There is no wind."
    assert row["next_attempt"] != "-"


def test_a_worker_that_died_is_not_at_work(root, settings):
    fly.enqueue("red")
    lease = timedelta(seconds=settings.IMAGELIB_LEASE_SECONDS)
    DBTaskResult.objects.update(started_at=take("a worker").started_at - lease)
    (row,) = rows(root)
    assert (row["state"], row["attempts"]) == ("Failed, to be tried again", f"1/{ATTEMPTS}")
    assert row["next_attempt"] != "-"


def test_what_was_given_up_stands_apart(root):
    fly.enqueue("red")
    fail(ATTEMPTS)
    fly.enqueue("blue")
    assert [row["about"] for row in rows(root)] == ["blue"]
    (row,) = rows(root, "?state=given-up")
    assert (row["about"], row["state"], row["attempts"]) == ("red", "Given up", f"{ATTEMPTS}/{ATTEMPTS}")


def test_nothing_can_be_changed(root):
    fly.enqueue("red")
    address = f"{LIST}{DBTaskResult.objects.get().pk}/"
    assert root.get(f"{LIST}add/").status_code == 403
    assert root.post(f"{address}change/", {"status": "FAILED"}).status_code == 403
    assert root.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    root.post(LIST, {"action": "delete_selected", "_selected_action": [DBTaskResult.objects.get().pk]})
    assert DBTaskResult.objects.get().status == "READY"


def choose(client, action: str) -> str:
    """Choose all that was given up for an action; return what the page says then."""
    chosen = [str(pk) for pk in DBTaskResult.objects.values_list("pk", flat=True)]
    said = {"action": action, "_selected_action": chosen}
    return client.post(f"{LIST}?state=given-up", said, follow=True).content.decode()


def test_what_was_given_up_is_tried_again_as_if_it_were_new(root):
    fly.enqueue("red")
    fail(ATTEMPTS)
    assert "1 task is tried again." in choose(root, "try_again")
    assert rows(root, "?state=given-up") == []
    (row,) = rows(root)
    assert (row["state"], row["attempts"], row["failure"]) == ("Waiting", f"0/{ATTEMPTS}", "-")
    fail(ATTEMPTS - 1)
    assert rows(root)[0]["state"] == "Failed, to be tried again"
    fail(1)
    assert len(rows(root, "?state=given-up")) == 1


def test_what_was_given_up_is_forgotten(root):
    fly.enqueue("red")
    fail(ATTEMPTS)
    assert "1 task was forgotten." in choose(root, "forget")
    assert not DBTaskResult.objects.exists()


@pytest.mark.parametrize("action", ["try_again", "forget"])
def test_what_is_to_be_done_stays_as_it_is(root, action):
    fly.enqueue("red")
    fail(1)
    before = DBTaskResult.objects.values().get()
    choose(root, action)
    root.post(LIST, {"action": action, "_selected_action": [str(before["id"])]})
    assert DBTaskResult.objects.values().get() == before
    assert 'name="action"' not in root.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("permission", "offered"),
    [("view", set()), ("change", {"try_again"}), ("delete", {"forget"})],
)
def test_each_action_has_its_permission(client, permission, offered):
    curator = make_user("curator", "Editors", is_staff=True)
    names = {"view_dbtaskresult", f"{permission}_dbtaskresult"}
    curator.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(curator)
    fly.enqueue("red")
    fail(ATTEMPTS)
    page = client.get(f"{LIST}?state=given-up").content.decode()
    assert set(re.findall(r'<option value="(\w+)"', page)) == offered
    for action in {"try_again", "forget"} - offered:
        choose(client, action)
        assert DBTaskResult.objects.get().status == "FAILED"


def test_an_action_is_no_address(root):
    fly.enqueue("red")
    fail(ATTEMPTS)
    pk = DBTaskResult.objects.get().pk
    root.get(f"{LIST}?state=given-up&action=forget&_selected_action={pk}")
    assert DBTaskResult.objects.get().status == "FAILED"


def test_editors_do_not_see_it(client):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize("query", ["", "?state=given-up"])
def test_a_long_list_goes_by_an_index(root, query):
    fly.enqueue("red")
    with CaptureQueriesContext(connection) as asked:
        rows(root, query)
    statements = [query["sql"] for query in asked.captured_queries]
    select = [sql for sql in statements if "_dbtaskresult" in sql][-1]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # of one row it would read all
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{explain} {select}")
        plan = " ".join(str(column) for line in cursor.fetchall() for column in line)
    assert re.search("imagelib_tasks_to_do|tasks_db_new_ordering_idx|imagelib_tasks_given_up", plan), plan
