"""The page of the API, /api/docs."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.views import SpectacularSwaggerSplitView


class Documentation(SpectacularSwaggerSplitView):
    """The OpenAPI document as a page that tries it out."""

    def options(self, *args: Any, **kwargs: Any) -> Any:
        """Say what works. DRF would describe the view by the template of a page that it has no data for."""
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})
