"""The schedule in the admin: looked at, switched, and run, by who may."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from images.models import ScheduledJob
from images.tasks.schedule import JOBS, jobs
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PAGE = "/admin/images/scheduledjob/"


@pytest.fixture
def root(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def staff(client, *names: str):
    person = make_user("staff", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(person)
    return client


def page(client) -> str:
    response = client.get(PAGE)
    assert response.status_code == 200
    return response.content.decode()


def form(*on: str) -> dict[str, str]:
    """Return what the list, as it is now, sends when these are on."""
    fields = {"form-TOTAL_FORMS": len(JOBS), "form-INITIAL_FORMS": len(JOBS), "_save": "Save"}
    for number, row in enumerate(jobs().order_by("name")):
        fields[f"form-{number}-name"] = row.name
        fields[f"initial-form-{number}-is_on"] = str(row.is_on)  # what the page shows
        if row.name in on:
            fields[f"form-{number}-is_on"] = "on"
    return fields


def test_each_job_says_what_it_does_and_when(root):
    told = page(root)
    for job in JOBS.values():
        assert str(job.title) in told
    assert "<code>prunestorage</code>" in told
    assert "every 24 hours" in told


def test_the_last_run_and_its_result_are_there(root):
    jobs().filter(name="backup").update(
        begun_at=timezone.now(), outcome="well", result="a\nStored manifests/x."
    )
    jobs().filter(name="verify").update(
        begun_at=timezone.now(), outcome="problems", result="missing: <abc>\n1 found."
    )
    told = page(root)
    assert "Stored manifests/x." in told
    assert "all is well<pre>Stored" in told
    assert "<pre>missing: &lt;abc&gt;\n1 found.</pre>" in told


def test_one_at_work_says_so(root):
    now = timezone.now()
    jobs().filter(name="backup").update(begun_at=now, lease_until=now + timedelta(minutes=5))
    assert "at work since " in page(root)
    jobs().filter(name="backup").update(progress="Written 3 of <4>")
    assert "<pre>Written 3 of &lt;4&gt;</pre>" in page(root)


def test_what_deletes_is_switched_on_and_run(root):
    on = [name for name, job in JOBS.items() if job.is_on_by_default]
    assert root.post(PAGE, form(*on, "prune")).status_code == 302
    row = ScheduledJob.objects.get(name="prune")
    assert row.is_on
    assert row.due_at <= timezone.now()
    assert "<code>prunestorage --delete</code>" in page(root)
    others = jobs().exclude(name="prune")
    assert {other.due_at > timezone.now() for other in others} == {True}


def test_a_page_from_before_undoes_no_decision_of_others(root):
    on = [name for name, job in JOBS.items() if job.is_on_by_default]
    jobs().filter(name="prune").update(is_on=True)
    shown = form(*on, "prune")
    told = page(root)
    assert all(f'name="{name}" value="{shown[name]}"' in told for name in shown if name.startswith("initial"))
    jobs().filter(name="prune").update(is_on=False)  # somebody else stops what deletes
    backup = sorted(JOBS).index("backup")
    del shown[f"form-{backup}-is_on"]
    assert root.post(PAGE, shown).status_code == 302
    assert not ScheduledJob.objects.get(name="backup").is_on
    prune = ScheduledJob.objects.get(name="prune")
    assert not prune.is_on
    assert prune.due_at > timezone.now()


def test_one_is_run_now(root):
    chosen = {"action": "run_now", "_selected_action": ["backup", "figures"]}
    response = root.post(PAGE, chosen, follow=True)
    assert "2 jobs are run now, one after another." in response.content.decode()
    assert {row.name for row in jobs().filter(due_at__lte=timezone.now())} == {"backup", "figures"}


def test_who_may_view_changes_nothing(client):
    client = staff(client, "view_scheduledjob")
    assert "Run now" not in page(client)
    client.post(PAGE, form())
    client.post(PAGE, {"action": "run_now", "_selected_action": ["backup"]})
    assert not jobs().filter(due_at__lte=timezone.now()).exists()
    assert jobs().filter(is_on=True).count() == 5


def test_other_staff_has_no_such_page(client):
    assert staff(client, "view_image").get(PAGE).status_code == 403


def test_nobody_adds_or_deletes_one(root):
    jobs().count()
    assert root.get(f"{PAGE}add/").status_code == 403
    assert root.post(f"{PAGE}backup/delete/").status_code == 403


def test_it_takes_a_bounded_number_of_queries(root, django_assert_max_num_queries):
    page(root)
    with django_assert_max_num_queries(10):
        page(root)
