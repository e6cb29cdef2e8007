"""/metrics: what all processes of this server count, as Prometheus reads it. A room declares its own."""

import hmac
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from images.errors import Busy
from images.http import routes, snapshots
from images.http.problems import headers_of, problem

PATH = "/metrics"

# What no process counts: it is looked up when somebody asks, and so the same for all of them.
at_scrape = CollectorRegistry(auto_describe=False)


class Metrics:
    """Middleware, the first: an answer to who brings the token, whatever host they call the server by. To all
    others there is no such address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        if not settings.IMAGELIB_METRICS_TOKEN:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._authorization = f"Bearer {settings.IMAGELIB_METRICS_TOKEN}".encode()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info != PATH or not self._is_authorized(request):
            return self.get_response(request)
        request.META[routes.ROUTE] = "metrics"
        if request.method not in ("GET", "HEAD"):
            return problem("method_not_allowed", headers={"Allow": "GET, HEAD"})
        try:
            text = generate_latest(Everything())
        except Busy as error:
            return problem("busy", str(error), headers_of(error))
        return HttpResponse(
            text, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"}
        )

    def _is_authorized(self, request: HttpRequest) -> bool:
        said = request.META.get("HTTP_AUTHORIZATION", "")
        return hmac.compare_digest(said.encode("latin-1", "replace"), self._authorization)


class Everything(Collector):
    """What was counted, and what is looked up now."""

    def collect(self) -> Iterator[Metric]:
        yield from snapshots.totals()
        yield from at_scrape.collect()


class Surroundings(Collector):
    """The version, and the disk of the data folder."""

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("imagelib_build_info", "The version that runs.", labels=["version"])
        build.add_metric([settings.IMAGELIB_VERSION], 1)
        yield build
        with suppress(OSError):
            disk = shutil.disk_usage(settings.IMAGELIB_DATA_DIR)
            yield GaugeMetricFamily(
                "imagelib_data_folder_free_bytes", "Free on the disk of the data folder.", value=disk.free
            )
            yield GaugeMetricFamily(
                "imagelib_data_folder_size_bytes",
                "Size of the disk of the data folder.",
                value=disk.total,
            )


at_scrape.register(Surroundings())
