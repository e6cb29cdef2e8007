"""Reading images anew: asked for in the admin, and what came of it that somebody has to look at."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from images.admin import lists
from images.maintenance.outdated import inspect_anew, open_problems
from images.models import InspectionProblem
from images.tasks import schedule

REINSPECT = "reinspect"  # the job of the schedule


def ask_for_inspection(page: admin.ModelAdmin, request: HttpRequest, ids: list[UUID]) -> None:
    """Have a worker read these images anew, and say so."""
    inspect_anew(ids)
    number = len(ids)
    said = ngettext("%d image is read anew by a worker.", "%d images are read anew by a worker.", number)
    tell_of_inspection(page, request, said % number)


def tell_of_inspection(page: admin.ModelAdmin, request: HttpRequest, said: str) -> None:
    """Have the job run that reads images anew, and say so; or that it is off."""
    if schedule.run_now(schedule.jobs().filter(name=REINSPECT)):
        page.message_user(request, said, messages.SUCCESS)
    else:
        page.message_user(
            request,
            _("They are read anew when that is switched on again, under Scheduled jobs."),
            messages.WARNING,
        )


@admin.register(InspectionProblem)
class InspectionProblemAdmin(admin.ModelAdmin):
    """Images that could not be read anew, or say what somebody has to decide. Each is named by its id alone:
    the page behind it is for who may see the image.
    """

    list_display = ("link", "problem")
    list_display_links = None
    fields = ("link", "problem")
    readonly_fields = ("link",)
    list_per_page = 100
    paginator = lists.BoundedPaginator
    show_full_result_count = False
    sortable_by = ()
    ordering = ("pk",)  # by `image` it would be that of all images
    actions = ("inspect_anew",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InspectionProblem]:
        return open_problems().order_by("image_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_inspect_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("images.change_image")

    @admin.action(description=_("Read anew what their files say"), permissions=["inspect"])
    def inspect_anew(self, request: HttpRequest, problems: QuerySet[InspectionProblem]) -> None:
        ids = problems.values_list("image_id", flat=True)
        ask_for_inspection(self, request, list(ids[: lists.MOST]))  # no more than the page says there are

    @admin.display(description=_("image"))
    def link(self, problem: InspectionProblem) -> Any:
        address = reverse("admin:images_image_change", args=[problem.image_id])
        return format_html('<a href="{}">{}</a>', address, problem.image_id)
