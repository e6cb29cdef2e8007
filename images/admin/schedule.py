"""The schedule in the admin: what the library does by itself, what became of it, and what is on."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from images.admin.inspections import REINSPECT, tell_of_inspection
from images.maintenance.outdated import inspect_all_anew
from images.models import ScheduledJob
from images.tasks import schedule


@admin.register(ScheduledJob)
class ScheduleAdmin(admin.ModelAdmin):
    """One row for each job. Those that delete say what they would delete, as long as they are off."""

    list_display = ("title", "is_on", "last_run", "next_run")
    list_display_links = None
    list_editable = ("is_on",)
    show_full_result_count = False
    sortable_by = ()
    actions = ("run_now", "inspect_all_anew")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduledJob]:
        return schedule.jobs()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **options: Any) -> Any:
        """Have the form know what its page showed: who changes one job leaves the others as they are now."""
        return super().formfield_for_dbfield(db_field, request, show_hidden_initial=True, **options)

    def save_model(self, request: HttpRequest, obj: ScheduledJob, form: Any, change: bool) -> None:
        """What is switched on or off is run so, or as a preview, from now on."""
        schedule.switch(obj.name, obj.is_on)

    @admin.action(description=_("Run now"), permissions=["change"])
    def run_now(self, request: HttpRequest, jobs: QuerySet[ScheduledJob]) -> None:
        number = schedule.run_now(jobs)
        message = ngettext("%d job is run now.", "%d jobs are run now, one after another.", number) % number
        self.message_user(request, message, messages.SUCCESS)

    @admin.action(description=_("Read all images anew, from the first"), permissions=["change"])
    def inspect_all_anew(self, request: HttpRequest, jobs: QuerySet[ScheduledJob]) -> None:
        """What was read since counts no more. Only of the job that reads them."""
        if [job.name for job in jobs] != [REINSPECT]:
            self.message_user(request, _("Only the job that reads images anew does that."), messages.ERROR)
            return
        inspect_all_anew.enqueue()
        tell_of_inspection(self, request, gettext("All images are read anew by a worker."))

    @admin.display(description=_("job"))
    def title(self, job: ScheduledJob) -> str:
        command = " ".join(schedule.command_of(job)) or "-"
        return format_html("{}<br><code>{}</code>", schedule.JOBS[job.name].title, command)

    @admin.display(description=_("last run"))
    def last_run(self, job: ScheduledJob) -> str:
        """When and how it went, and the line that sums it up: all lines where not all is well."""
        if job.is_at_work():
            head = gettext("at work since %s") % _moment(job.begun_at)
            return format_html("{}<pre>{}</pre>", head, job.progress) if job.progress else head
        if not job.begun_at:
            return ""
        head = f"{_moment(job.begun_at)}: {job.get_outcome_display()}"
        is_well = job.outcome == ScheduledJob.Outcome.WELL
        result = job.result.rpartition("\n")[2] if is_well else job.result
        return format_html("{}<pre>{}</pre>", head, result)

    @admin.display(description=_("next run"))
    def next_run(self, job: ScheduledJob) -> str:
        if not schedule.command_of(job):
            return ""
        hours = int(schedule.JOBS[job.name].every.total_seconds() // 3600)
        every = ngettext("every %d hour", "every %d hours", hours) % hours
        due = _moment(job.due_at) if job.due_at > timezone.now() else gettext("now")
        return format_html("{}<br>{}", due, every)


def _moment(moment: datetime | None) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
