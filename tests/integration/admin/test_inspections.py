"""Reading images anew in the admin: asked for, and what came of it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.imaging.inspection import INSPECTION_VERSION
from images.maintenance.outdated import count_problems, outdated
from images.models import ASKED_FOR, Image, InspectionProblem
from images.tasks.schedule import jobs
from tests.factories import add_image, add_rows, make_image, make_user

pytestmark = pytest.mark.django_db

IMAGES, SCHEDULE = "/admin/images/image/", "/admin/images/scheduledjob/"
PROBLEMS = "/admin/images/inspectionproblem/"
Problem = InspectionProblem.Problem


@pytest.fixture
def root(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def staff(client, *names: str):
    person = make_user("staff", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(person)
    return client


def ask(client, page: str, action: str, *chosen) -> str:
    response = client.post(page, {"action": action, "_selected_action": chosen}, follow=True)
    return response.content.decode()


def is_due() -> bool:
    return jobs().filter(name="reinspect", due_at__lte=timezone.now()).exists()


def test_chosen_images_are_read_anew_by_the_next_run_which_begins_now(root):
    images = [add_image(make_image(seed=seed)) for seed in range(3)]
    told = ask(root, IMAGES, "inspect_anew", images[0].pk, images[2].pk)
    assert "2 images are read anew by a worker." in told
    assert set(Image.objects.filter(inspection_version=ASKED_FOR)) == {images[0], images[2]}
    assert is_due()


def test_while_the_job_is_off_it_is_said(root):
    image = add_image()
    jobs().filter(name="reinspect").update(is_on=False)
    assert "when that is switched on again" in ask(root, IMAGES, "inspect_anew", image.pk)
    assert outdated() == 1


def test_all_are_read_anew(root):
    add_rows(3, inspection_version=INSPECTION_VERSION)
    assert "All images are read anew by a worker." in ask(root, SCHEDULE, "inspect_all_anew", "reinspect")
    assert outdated() == 3
    assert is_due()


@pytest.mark.parametrize("chosen", [["backup"], ["reinspect", "verify"]])
def test_of_another_job_that_is_not_asked(root, chosen):
    jobs().update(due_at=timezone.now() + timedelta(hours=1))
    add_rows(3, inspection_version=INSPECTION_VERSION)
    assert "Only the job that reads images anew does that." in ask(
        root, SCHEDULE, "inspect_all_anew", *chosen
    )
    assert outdated() == 0


def test_what_could_not_be_read_is_listed_and_tried_again(root):
    image = add_image()
    InspectionProblem.objects.create(image=image, problem=Problem.UNDECODABLE)
    told = root.get(PROBLEMS).content.decode()
    assert f"/admin/images/image/{image.pk}/change/" in told
    assert "decoding it fails" in told
    assert "1 image is read anew by a worker." in ask(root, PROBLEMS, "inspect_anew", image.pk)
    assert outdated() == 1


def test_what_was_decided_since_is_listed_no_more(root):
    image = add_image(visibility="public")
    InspectionProblem.objects.create(image=image, problem=Problem.SAYS_WHERE)
    assert str(image.pk) in root.get(PROBLEMS).content.decode()
    Image.objects.update(visibility="private")
    assert str(image.pk) not in root.get(PROBLEMS).content.decode()


def test_one_that_earlier_code_purged_is_listed_no_more(root):
    gone = "00000000-0000-4000-8000-000000000000"
    InspectionProblem.objects.create(image_id=gone, problem=Problem.MISSING)
    assert gone not in root.get(PROBLEMS).content.decode()
    assert not count_problems()


def test_who_may_view_the_list_sees_ids_and_changes_nothing(client):
    image = add_image(title="Kite", visibility="private")
    InspectionProblem.objects.create(image=image, problem=Problem.MISSING)
    client = staff(client, "view_inspectionproblem")
    told = client.get(PROBLEMS).content.decode()
    assert str(image.pk) in told
    assert "Kite" not in told
    ask(client, PROBLEMS, "inspect_anew", image.pk)
    assert outdated() == 0
    assert client.get(f"{PROBLEMS}add/").status_code == 403
    assert client.post(f"{PROBLEMS}{image.pk}/delete/").status_code == 403


def test_nor_does_the_page_of_one_name_its_image(client):
    image = add_image(title="Kite", visibility="private")
    InspectionProblem.objects.create(image=image, problem=Problem.MISSING)
    told = staff(client, "view_inspectionproblem").get(f"{PROBLEMS}{image.pk}/change/").content.decode()
    assert "the file is missing" in told
    assert f"/admin/images/image/{image.pk}/change/" in told
    assert "Kite" not in told


def test_of_more_than_the_list_counts_no_more_are_asked_for_than_it_says(root, monkeypatch):
    monkeypatch.setattr("images.admin.lists.MOST", 2)
    for seed in range(3):
        image = add_image(make_image(seed=seed))
        InspectionProblem.objects.create(image=image, problem=Problem.MISSING)
    chosen = {"action": "inspect_anew", "_selected_action": image.pk, "select_across": "1"}
    told = root.post(PROBLEMS, chosen, follow=True).content.decode()
    assert "2 images are read anew by a worker." in told
    assert outdated() == 2


def test_other_staff_has_no_such_list(client):
    assert staff(client, "view_image").get(PROBLEMS).status_code == 403


def test_the_list_takes_a_bounded_number_of_queries(root, django_assert_max_num_queries):
    for seed in range(5):
        image = add_image(make_image(seed=seed))
        InspectionProblem.objects.create(image=image, problem=Problem.MISSING)
    root.get(PROBLEMS)
    with django_assert_max_num_queries(10):
        root.get(PROBLEMS)


def test_the_list_is_one_of_problems_however_many_images_there_are(root):
    InspectionProblem.objects.create(image=add_image(), problem=Problem.MISSING)
    with CaptureQueriesContext(connection) as asked:
        root.get(PROBLEMS)
    table = '"images_inspectionproblem"'
    orders = [q["sql"].rpartition("ORDER BY ")[2] for q in asked if f"FROM {table}" in q["sql"]]
    assert len(orders) == 2
    assert all(order.startswith(f'{table}."image_id" ASC') for order in orders)
    assert not any("," in order for order in orders)
