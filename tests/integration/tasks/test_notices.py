"""What an operator has to know: a banner in the admin, and mails, each once."""

import shutil
import time
from collections import namedtuple
from datetime import timedelta
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from images.errors import Undelivered
from images.models import Refusal, ScheduledJob, Warned
from images.renditions.prerendering import prepare_for_gallery
from images.tasks import notices
from images.tasks.notices import HERE, OVER, Notice, send_warning, shown, tell, tell_without_worker
from images.tasks.queue import DEAD_LETTERS
from images.tasks.schedule import jobs, take
from tests.factories import make_user

pytestmark = pytest.mark.django_db

Disk = namedtuple("Disk", "total used free")
BACKUP = "The newest backup in the store is too old, or there is none: see what backuplibrary says."


@pytest.fixture(autouse=True)
def roomy(monkeypatch):
    """A machine that is well, and a process that was asked nothing yet."""
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Disk(10**12, 0, 10**12))
    monkeypatch.setattr(notices._Shown, "until", 0.0)
    monkeypatch.setattr(notices._Shown, "notices", ())


def kinds() -> list[str]:
    return [notice.kind for notice in notices.notices()]


def row(name: str, **fields) -> None:
    jobs().filter(name=name).update(**fields)


def test_of_a_new_library_nothing_is_told():
    assert kinds() == []


@pytest.mark.parametrize(
    ("name", "outcome", "kind"),
    [
        ("backup-age", "problems", "backup"),
        ("backup-age", "failed", "failed-backup-age"),
        ("verify", "problems", "damage"),
        ("backup", "failed", "failed-backup"),
        ("figures", "failed", "failed-figures"),
    ],
)
def test_a_job_that_did_not_go_well_is_told_while_it_is_on(name, outcome, kind):
    jobs().count()
    row(name, outcome=outcome)
    assert kinds() == [kind]
    row(name, is_on=False)
    assert kinds() == []
    row(name, is_on=True, outcome="well")
    assert kinds() == []


def test_what_was_found_holds_until_a_look_that_went_to_its_end(mails):
    jobs().count()
    row("verify", outcome="problems", facts={"damaged": 2})
    tell()
    row("verify", outcome="failed")  # the store is away: nobody has seen that all is well
    for _ in range(2):
        tell()
        Warned.objects.exclude(over_since=None).update(over_since=timezone.now() - OVER)
    assert kinds() == ["damage", "failed-verify"]
    assert "imagelib: a warning is over" not in [subject for subject, _ in mails()]
    row("verify", outcome="well", facts={"damaged": 0})
    assert kinds() == []
    row("verify", outcome="failed")
    assert kinds() == ["failed-verify"]


@pytest.mark.parametrize(
    ("days", "outcome", "told"),
    [(3, "problems", True), (3, "failed", True), (3, "well", True), (1, "failed", False), (1, "well", False)],
)
def test_a_backup_is_too_old_by_its_age(days, outcome, told):
    jobs().count()
    now = timezone.now()
    facts = {"came": (now - timedelta(days=days)).isoformat(), "looked": now.isoformat(), "needed": True}
    row("backup-age", outcome=outcome, facts=facts)
    assert ("backup" in kinds()) is told


def test_a_library_without_a_backup_needs_one():
    jobs().count()
    facts = {"came": None, "looked": timezone.now().isoformat(), "needed": True}
    row("backup-age", outcome="failed", facts=facts)
    assert kinds() == ["backup", "failed-backup-age"]


def test_a_schedule_that_nobody_sees_to_is_told():
    jobs().count()
    row("reinspect", due_at=timezone.now() - timedelta(hours=3))  # of each hour: the others are not due yet
    assert kinds() == ["worker"]
    row("figures", ended_at=timezone.now())  # one that took hours has ended
    assert kinds() == []
    row("figures", ended_at=timezone.now() - timedelta(hours=3))
    assert kinds() == ["worker"]


def test_after_a_time_without_workers_a_job_at_work_is_enough():
    jobs().update(due_at=timezone.now() - timedelta(hours=3))
    assert take("one")
    assert kinds() == []


def test_one_where_all_is_off_is_no_warning():
    jobs().update(due_at=timezone.now() - timedelta(hours=3), is_on=False)
    assert kinds() == []


@pytest.mark.parametrize(("free", "told"), [(0.11, []), (0.09, [HERE]), (0.0001, [HERE])])
def test_a_disk_that_is_filling_is_told(monkeypatch, free, told):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Disk(10**12, 0, int(free * 10**12)))
    assert kinds() == told


def test_a_queue_that_is_stuck_is_told(queued):
    prepare_for_gallery.enqueue("1")
    assert kinds() == []
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=16))
    assert kinds() == ["queue"]


def test_what_is_more_urgent_waits_in_the_same_queue(queued):
    send_warning.enqueue("backup", sentence=BACKUP)
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=16))
    assert kinds() == ["queue"]


def test_tasks_that_were_given_up_are_told(queued):
    prepare_for_gallery.enqueue("1")
    DBTaskResult.objects.update(queue_name=DEAD_LETTERS, status="FAILED")
    assert kinds() == ["given-up"]


@pytest.mark.parametrize(
    ("minutes", "is_full", "told"),
    [(0, True, ["store"]), (0, False, []), (0.9, False, []), (1, False, ["store"]), (600, True, ["store"])],
)
def test_a_store_that_takes_nothing_is_told_once_it_says_why_or_it_lasts(minutes, is_full, told):
    since = timezone.now() - timedelta(days=1)
    Refusal.objects.create(since=since, met_at=since + timedelta(minutes=minutes), is_full=is_full)
    assert kinds() == told


def test_the_banner_is_on_every_page_of_the_admin_for_who_sees_the_schedule(client):
    jobs().count()
    row("backup-age", outcome="problems")
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    for page in ("/admin/", "/admin/images/image/", "/admin/images/scheduledjob/"):
        assert BACKUP in client.get(page).content.decode()
    client.force_login(make_user("staff", "Editors", is_staff=True))
    assert BACKUP not in client.get("/admin/").content.decode()


def test_without_a_warning_there_is_no_banner(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    assert 'class="notices"' not in client.get("/admin/").content.decode()


def test_a_process_asks_again_after_a_while(monkeypatch, django_assert_num_queries):
    assert shown() == ()
    row("backup-age", outcome="problems")
    with django_assert_num_queries(0):
        assert shown() == ()
    monkeypatch.setattr(notices._Shown, "until", 0.0)
    assert shown() == (Notice("backup", BACKUP),)


def test_while_the_database_is_away_the_last_are_shown(monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(notices, "notices", away)
    assert shown() == ()


@pytest.fixture
def mails(settings):
    settings.SENDS_EMAIL = True
    make_user("root", is_superuser=True, email="root@example.org")
    make_user("other", is_superuser=True, email="")
    make_user("gone", is_superuser=True, is_active=False, email="gone@example.org")
    jobs().count()

    def sent() -> list[tuple[str, str]]:
        found = [(one.subject, one.body.strip()) for one in mail.outbox]
        assert {address for one in mail.outbox for address in one.to} <= {"root@example.org"}
        mail.outbox.clear()
        return found

    return sent


def test_a_mail_tells_it_once_and_that_it_is_over(mails):
    tell()
    assert mails() == []
    row("backup-age", outcome="problems")
    tell()
    tell()
    assert mails() == [("imagelib: a warning", BACKUP)]
    row("backup-age", outcome="well")
    tell()
    tell()
    assert mails() == []  # some come and go
    Warned.objects.update(over_since=timezone.now() - OVER)
    tell()
    tell()
    assert mails() == [("imagelib: a warning is over", f"It is over:\n{BACKUP}")]
    assert not Warned.objects.exists()


def test_one_that_comes_and_goes_is_told_once_a_day(mails):
    for outcome in ("problems", "well") * 6:
        row("backup-age", outcome=outcome)
        tell()
    assert mails() == [("imagelib: a warning", BACKUP)]
    Warned.objects.update(told_at=timezone.now() - timedelta(hours=25))
    row("backup-age", outcome="problems")
    tell()
    assert len(mails()) == 1


def test_each_machine_tells_of_its_own_disk(mails, monkeypatch):
    for _ in range(3):
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: Disk(10**12, 0, 5 * 10**10))
        tell()
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(notices, "HERE", "disk of another machine")
            elsewhere.setattr(shutil, "disk_usage", lambda folder: Disk(10**12, 0, 10**12))
            tell()
            Warned.objects.exclude(over_since=None).update(over_since=timezone.now() - OVER)
            tell()
    assert len(mails()) == 1


@pytest.fixture
def served_for_long(monkeypatch):
    monkeypatch.setattr(notices, "STARTED", time.monotonic() - notices.TOLD_SECONDS)


def test_a_server_tells_that_no_worker_lives_where_none_could(mails, queued, served_for_long):
    jobs().update(due_at=timezone.now() - timedelta(hours=3))
    prepare_for_gallery.enqueue("1")
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=16))
    row("verify", outcome="problems")  # which a worker tells, when there is one
    tell_without_worker()
    tell_without_worker()
    assert sorted(text.partition(":")[0] for _, text in mails()) == [
        "Background tasks wait for more than a quarter of an hour",
        "Nothing of the schedule is done",
    ]
    assert DBTaskResult.objects.count() == 1
    assert Warned.objects.count() == 2  # as a worker notes it, which tells nothing twice


def test_a_server_tells_of_its_disk_and_that_it_is_well(mails, served_for_long, monkeypatch):
    Warned.objects.create(kind="disk of another machine", told_at=timezone.now())
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda folder: Disk(10**12, 0, 5 * 10**10))
        tell_without_worker()
    tell_without_worker()
    Warned.objects.exclude(over_since=None).update(over_since=timezone.now() - OVER)
    tell_without_worker()
    assert [subject for subject, _ in mails()] == ["imagelib: a warning", "imagelib: a warning is over"]
    assert Warned.objects.get().kind == "disk of another machine"


def test_a_server_that_has_just_started_leaves_workers_their_time(mails, monkeypatch):
    monkeypatch.setattr(notices, "STARTED", time.monotonic())
    jobs().update(due_at=timezone.now() - timedelta(days=3))  # all was off for so long
    tell_without_worker()
    assert mails() == []


def test_what_a_server_could_not_send_it_sends_the_next_time(mails, served_for_long, monkeypatch, caplog):
    jobs().update(due_at=timezone.now() - timedelta(hours=3))
    with monkeypatch.context() as away:
        away.setattr(notices, "send_mail", Mock(side_effect=OSError("mail.example.org is away")))
        tell_without_worker()
    assert "took none: OSError" in caplog.text
    assert "mail.example.org" not in caplog.text
    tell_without_worker()
    assert len(mails()) == 1


def test_a_mail_leads_to_the_admin(mails, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    row("verify", outcome="problems")
    tell()
    ((_, text),) = mails()
    assert text.endswith("\nhttps://images.example.org/admin/images/scheduledjob/")


def test_after_a_day_it_is_told_again(mails):
    row("verify", outcome="problems")
    tell()
    Warned.objects.update(told_at=timezone.now() - timedelta(hours=25))
    tell()
    tell()
    assert len(mails()) == 2


def test_without_a_server_for_mail_nothing_is_noted(mails, settings):
    settings.SENDS_EMAIL = False
    row("verify", outcome="problems")
    tell()
    assert mails() == []
    assert not Warned.objects.exists()


def test_a_mail_that_is_not_taken_is_tried_again(mails, monkeypatch):
    def refuse(*arguments):
        raise OSError("mail.example.org is away")

    monkeypatch.setattr(notices, "send_mail", refuse)
    with pytest.raises(Undelivered) as raised:
        send_warning.call("backup", sentence=BACKUP)
    assert str(raised.value) == "The server for mail took none: OSError."


def test_where_nobody_has_an_address_the_log_says_it(caplog):
    send_warning.call("backup", sentence=BACKUP)
    assert mail.outbox == []
    assert BACKUP in caplog.text


def test_what_is_looked_up_is_bounded(django_assert_max_num_queries):
    ScheduledJob.objects.count(), jobs().count()
    with django_assert_max_num_queries(10):
        kinds()
