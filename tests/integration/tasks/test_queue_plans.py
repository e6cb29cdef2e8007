"""A queue of any length is asked by an index, whatever state its tasks are in."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from images.renditions.prerendering import prepare_for_gallery
from images.tasks.figures import age_of_oldest, number_given_up
from images.tasks.queue import given_up, take
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued")]

MANY = 3_000
TABLE = DBTaskResult._meta.db_table
PAGE = "/admin/django_tasks_database/dbtaskresult/"
NAMES = ("imagelib_tasks_to_do", "tasks_db_new_ordering_idx", "imagelib_tasks_given_up")


@pytest.fixture
def many(db):
    """Return what brings MANY tasks into a state."""
    prepare_for_gallery.enqueue("1")
    like = DBTaskResult.objects.values("args_kwargs", "task_path", "priority", "backend_name").get()
    waiting = (DBTaskResult(**like, run_after=get_date_max()) for _ in range(MANY - 1))
    DBTaskResult.objects.bulk_create(waiting)

    def bring(**facts: object) -> None:
        DBTaskResult.objects.update(**facts)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    return bring


STATES = {
    "waiting": {},
    "to be tried again": {"run_after": timezone.now() + timedelta(days=1), "finished_at": timezone.now()},
    "given up": {"status": TaskResultStatus.FAILED, "finished_at": timezone.now()},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "ask",
    [
        lambda client: take("a"),
        lambda client: age_of_oldest(),
        lambda client: number_given_up(),
        lambda client: client.get(PAGE),
        lambda client: client.get(PAGE, {"state": "given-up"}),
    ],
    ids=["take", "oldest", "given up", "page", "page of those given up"],
)
def test_each_look_is_by_an_index(many, client, state, ask):
    client.force_login(make_user("ada", is_staff=True, is_superuser=True))
    many(**STATES[state])
    with CaptureQueriesContext(connection) as asked:
        ask(client)
    looks = [query["sql"] for query in asked.captured_queries if f'FROM "{TABLE}"' in query["sql"]]
    assert looks
    for sql in looks:
        if "LIMIT" in sql:
            plan = plan_of(sql)
            assert any(name in plan for name in NAMES), (sql, plan)


def plan_of(sql: str) -> str:
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # of so few rows it would read all
        cursor.execute(f"{explain} {sql}")
        return " ".join(str(column) for line in cursor.fetchall() for column in line)


def test_of_many_that_wait_to_be_tried_again_few_are_looked_at(many, django_assert_max_num_queries):
    many(**STATES["to be tried again"])
    with django_assert_max_num_queries(4):
        assert take("a") is None


def test_what_was_given_up_is_found_the_last_one_first(many):
    many(**STATES["given up"])
    first = DBTaskResult.objects.order_by("pk").first()
    DBTaskResult.objects.filter(pk=first.pk).update(finished_at=timezone.now() + timedelta(hours=1))
    assert given_up().order_by("-finished_at").first() == first
