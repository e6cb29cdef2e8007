"""Background tasks in the admin: what waits for a worker; what was given up is tried again or forgotten."""

from datetime import datetime
from typing import Any

import django_tasks_db.admin  # noqa: F401 it registers what is replaced here
from django.apps import apps
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_tasks_db.models import DBTaskResult

from images.admin.lists import BoundedPaginator
from images.tasks.queue import ATTEMPTS, Row, State, forget, state_of, try_again

apps.get_app_config("django_tasks_database").verbose_name = _("Background tasks")
admin.site.unregister(DBTaskResult)


class QueueFilter(admin.SimpleListFilter):
    """What is still to be done, unless what was given up is asked for: each is found by an index."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("given-up", State.GIVEN_UP.label)]

    def choices(self, changelist: Any) -> Any:
        everything, *others = super().choices(changelist)
        yield everything | {"display": _("To be done")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> QuerySet[Row]:
        if self.value():
            return queryset.filter(status="FAILED")
        return queryset.filter(status="READY")


@admin.register(DBTaskResult)
class TaskAdmin(admin.ModelAdmin):
    """In the order in which they are to be had; of those that were given up the last one first."""

    list_display = ("task_name", "state", "failure", "attempts", "next_attempt", "about", "enqueued_at")
    list_display_links = None
    list_filter = (QueueFilter,)
    list_per_page = 100
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = ("try_again", "forget")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if "state" in request.GET else {}

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_tasks_database.change_dbtaskresult")

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_tasks_database.delete_dbtaskresult")

    @admin.action(description=_("Try again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, tasks: QuerySet[Row]) -> None:
        number = try_again(tasks)
        message = ngettext("%d task is tried again.", "%d tasks are tried again.", number) % number
        self.message_user(request, message, messages.SUCCESS)

    @admin.action(description=_("Forget"), permissions=["forget"])
    def forget(self, request: HttpRequest, tasks: QuerySet[Row]) -> None:
        number = forget(tasks)
        message = ngettext("%d task was forgotten.", "%d tasks were forgotten.", number) % number
        self.message_user(request, message, messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-finished_at",) if "state" in request.GET else ("-priority", "run_after", "enqueued_at")

    @admin.display(description=_("task"))
    def task_name(self, task: Row) -> str:
        return task.task_path.rpartition(".")[2].replace("_", " ")

    @admin.display(description=_("about"))
    def about(self, task: Row) -> str:
        return ", ".join(map(str, task.args_kwargs["args"]))

    @admin.display(description=_("state"))
    def state(self, task: Row) -> str:
        return str(state_of(task).label)

    @admin.display(description=_("attempts"))
    def attempts(self, task: Row) -> str:
        return f"{len(task.worker_ids)}/{ATTEMPTS}"

    @admin.display(description=_("next attempt"))
    def next_attempt(self, task: Row) -> datetime | None:
        return task.run_after if state_of(task) == State.FAILED else None

    @admin.display(description=_("last failure"))
    def failure(self, task: Row) -> str:
        return ": ".join(filter(None, (task.exception_class_path, task.traceback)))
