"""What /metrics tells, in words and tables: for an operator who has no Prometheus."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from prometheus_client.metrics_core import Metric

from images.http.metrics import Everything
from images.pages.labels import size

PERMISSION = "django_tasks_database.view_dbtaskresult"  # who looks after the background tasks
MOST = 20  # routes, those that take the servers' time
COUNTED = 10_000  # tasks; one more stands for any number
NOTHING = "-"

Words = str | Promise


@dataclass(frozen=True)
class Table:
    """Rows of words, the first of each its head, below `columns`, which may be none."""

    title: Words
    rows: list[list[Words]]
    columns: tuple[Words, ...] = ()


class Figures:
    """The values of all series, by name and labels."""

    def __init__(self, metrics: Iterable[Metric]):
        self._samples = [sample for metric in metrics for sample in metric.samples]

    def of(self, name: str, **labels: str) -> float:
        """Return the sum of the series with these labels."""
        return sum(
            sample.value
            for sample in self._samples
            if sample.name == f"imagelib_{name}" and labels.items() <= sample.labels.items()
        )

    def values(self, name: str, label: str) -> list[str]:
        """Return the values that the label has, sorted."""
        return sorted({s.labels[label] for s in self._samples if s.name == f"imagelib_{name}"})

    def has(self, name: str) -> bool:
        return any(sample.name == f"imagelib_{name}" for sample in self._samples)


@admin.site.admin_view
def figures(request: HttpRequest) -> HttpResponse:
    """The page. Raises Busy when others add up for too long."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    told = Figures(Everything().collect())
    context = admin.site.each_context(request) | {"title": _("Figures"), "tables": list(tables(told))}
    return render(request, "admin/figures.html", context)


def tables(told: Figures) -> Iterator[Table]:
    """Yield what the page shows. Of routes there are MOST at most; all else has as many rows as the code."""
    yield Table(_("Now"), _now(told))
    yield Table(_("Uploads and drawing"), _work(told))
    yield Table(_("The database"), _database(told))
    if told.of("cache_hits_total") or told.of("cache_misses_total"):  # none is before a folder
        yield Table(_("The cache"), _cache(told))
    yield _routes(told)
    yield _store(told)


def _now(told: Figures) -> list[list[Words]]:
    rows: list[list[Words]] = [
        [_("Processes of the server"), _number(told.of("processes", kind="server"))],
        [_("Processes for background tasks"), _number(told.of("processes", kind="worker"))],
        [_("The store answers"), _well(told.of("store_away"))],
        [_("Outages of the store"), _number(told.of("store_outages_total"))],
        [_("The database answers"), _well(told.of("database_away"))],
        [_("Children that decode"), _number(told.of("sandbox_children_busy"))],
    ]
    if told.has("queue_tasks"):
        to_do, given_up = told.of("queue_tasks"), told.of("queue_given_up_tasks")
        oldest = _duration(told.of("queue_oldest_seconds"))
        rows += [
            [_("Background tasks to be done"), _bounded(to_do)],
            [_("The one that waits longest"), oldest if to_do else NOTHING],
            [_("Background tasks given up"), _bounded(given_up)],
        ]
    if told.has("store_refuses"):
        rows.append([_("The store takes uploads"), _("no") if told.of("store_refuses") else _("yes")])
    if told.has("backup_age_seconds"):
        rows.append([_("Age of the newest backup in the store"), _age(told.of("backup_age_seconds"))])
    if told.has("damaged_objects"):
        damaged = _number(told.of("damaged_objects"))
        rows.append([_("Originals and backups that the last verification found damaged"), damaged])
    if told.has("data_folder_free_bytes"):
        free, total = told.of("data_folder_free_bytes"), told.of("data_folder_size_bytes")
        words = gettext("%(free)s of %(size)s") % {"free": size(int(free)), "size": size(int(total))}
        rows.append([_("Free on the disk of the data folder"), words])
    return rows


def _routes(told: Figures) -> Table:
    name, seconds = "http_requests_total", "http_request_seconds"
    routes = told.values(name, "route")
    dearest = sorted(routes, key=lambda route: -told.of(f"{seconds}_sum", route=route))[:MOST]
    rows: list[list[Words]] = []
    for route in dearest:
        failed = sum(
            told.of(name, route=route, status=status)
            for status in told.values(name, "status")
            if status.startswith("5")
        )
        requests = told.of(name, route=route)
        mean = _mean(told, seconds, route=route)
        rows.append([route, _number(requests), _number(failed), mean])
    columns = (_("Route"), _("Requests"), _("Failed"), _("On average"))
    return Table(_("Requests, by what takes most of the time"), rows, columns)


def _cache(told: Figures) -> list[list[Words]]:
    hits, misses = told.of("cache_hits_total"), told.of("cache_misses_total")
    return [
        [_("Images that were found in it"), _share(hits, hits + misses)],
        [_("Fetched into it"), size(int(told.of("cache_added_bytes_total")))],
        [_("Removed to make room"), size(int(told.of("cache_evicted_bytes_total")))],
        [_("Files of these"), _number(told.of("cache_evictions_total"))],
    ]


def _store(told: Figures) -> Table:
    seconds, errors = "store_request_seconds", "store_errors_total"
    verbs = sorted({*told.values(f"{seconds}_count", "verb"), *told.values(errors, "verb")})
    rows: list[list[Words]] = [
        [
            verb,
            _number(told.of(f"{seconds}_count", verb=verb)),
            _number(told.of(errors, verb=verb)),
            _mean(told, seconds, verb=verb),
        ]
        for verb in verbs
        if told.of(f"{seconds}_count", verb=verb)
        or told.of(errors, verb=verb)  # a folder tells failures alone
    ]
    return Table(_("The store"), rows, (_("Asked to"), _("Times"), _("Failed"), _("On average")))


def _database(told: Figures) -> list[list[Words]]:
    queries = told.of("database_queries_total")
    waited = told.of("database_connection_wait_seconds_total")
    unserved = told.of("database_connection_timeouts_total")
    return [
        [_("Statements"), _number(queries)],
        [_("On average"), _seconds(told.of("database_seconds_total") / queries) if queries else NOTHING],
        [_("Statements that failed"), _number(told.of("database_errors_total"))],
        [_("Outages"), _number(told.of("database_outages_total"))],
        [_("Connections in use"), _number(told.of("database_connections_in_use"))],
        [_("Waited for a connection"), _duration(waited)],
        [_("Requests that got no connection"), _number(unserved)],
        [_("Waited for locks"), _duration(told.of("lock_wait_seconds_total"))],
        [_("Locks that were not had in time"), _number(told.of("lock_timeouts_total"))],
    ]


def _work(told: Figures) -> list[list[Words]]:
    uploads = "uploads_total"
    return [
        [_("Uploads of new images"), _number(told.of(uploads, outcome="new"))],
        [_("Uploads of known images"), _number(told.of(uploads, outcome="known"))],
        [_("Uploads that were refused"), _number(told.of(uploads, outcome="refused"))],
        [_("Uploads that failed"), _number(told.of(uploads, outcome="failed"))],
        [_("Images that were drawn"), _number(told.of("renders_total"))],
        [_("Waited for a child that decodes"), _duration(told.of("sandbox_wait_seconds_total"))],
        [_("Refused because all were busy"), _number(told.of("sandbox_refusals_total"))],
        [_("Children that were killed or died"), _number(told.of("sandbox_children_killed_total"))],
        [_("Background tasks done"), _number(told.of("task_attempts_total", outcome="done"))],
        [_("Attempts at them that failed"), _number(told.of("task_attempts_total", outcome="failed"))],
    ]


def _number(value: float) -> str:
    return number_format(int(value), force_grouping=True)


def _bounded(value: float) -> str:
    return f"{_number(COUNTED)}+" if value > COUNTED else _number(value)


def _well(away: float) -> Words:
    return ngettext("not to %d process", "not to %d processes", int(away)) % away if away else _("yes")


def _age(seconds: float) -> Words:
    return _("there is none") if math.isinf(seconds) else _duration(seconds)


def _mean(told: Figures, name: str, **labels: str) -> str:
    count = told.of(f"{name}_count", **labels)
    return _seconds(told.of(f"{name}_sum", **labels) / count) if count else NOTHING


def _share(part: float, whole: float) -> str:
    if not whole:
        return NOTHING
    words = {"part": _number(part), "whole": _number(whole), "percent": int(100 * part / whole)}
    return gettext("%(part)s of %(whole)s, %(percent)s %%") % words


def _seconds(value: float) -> str:
    """Return a short time."""
    if value < 1:
        return gettext("%s ms") % number_format(1000 * value, 1)
    return gettext("%s s") % number_format(value, 1)


def _duration(value: float) -> str:
    """Return a time that may be long, in its largest unit."""
    for seconds, words in ((86400, _("%s days")), (3600, _("%s hours")), (60, _("%s minutes"))):
        if value >= 2 * seconds:
            return words % _number(value / seconds)
    return _seconds(value)
