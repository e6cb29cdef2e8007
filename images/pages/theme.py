"""The stylesheet of a library's own colour: what links and buttons are drawn in, light and dark.

It follows from the colour in its address alone, so it asks nothing, and base.css reads its variables.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from images.pages.contrast import brighter, contrast, mixed

TEXT = 4.5  # the least contrast of text (1.4.3); that of parts of controls, 3 (1.4.11), is within it
HOVER = 1.1  # by which base.css has a button brighter under the pointer
STEPS = 255


@dataclass(frozen=True)
class Scheme:
    """The `grounds` of base.css, the colour of what is written `upon` the accent, and what the accent is
    mixed with, more of it the less it can be read.
    """

    grounds: tuple[str, ...]
    upon: str
    mixed_with: str

    def drawn(self, color: str) -> str:
        """Return the colour nearest to `color` that is read on every ground, and that is read upon."""
        shares = (step / STEPS for step in range(STEPS + 1))
        return next(near for share in shares if self._suits(near := mixed(color, self.mixed_with, share)))

    def _suits(self, accent: str) -> bool:
        pairs = [(accent, ground) for ground in self.grounds]
        pairs += [(self.upon, accent), (brighter(self.upon, HOVER), brighter(accent, HOVER))]
        return all(contrast(*pair) >= TEXT for pair in pairs)


LIGHT = Scheme(("#fbfbfa", "#ffffff", "#f0f0ee"), upon="#ffffff", mixed_with="#000000")
DARK = Scheme(("#161615", "#20201f", "#2a2a28"), upon="#161615", mixed_with="#ffffff")


@require_safe
@cache_control(public=True, max_age=settings.WHITENOISE_MAX_AGE)  # as base.css, which it goes with
def theme(request: HttpRequest, digits: str) -> HttpResponse:
    """The stylesheet of the colour #`digits`."""
    return HttpResponse(stylesheet(f"#{digits}"), content_type="text/css")


@lru_cache(maxsize=64)
def stylesheet(color: str) -> str:
    """Return the rule that sets the variables of both schemes."""
    variables = "".join(
        f" --accent-{name}: {scheme.drawn(color)}; --on-accent-{name}: {scheme.upon};"
        for name, scheme in (("light", LIGHT), ("dark", DARK))
    )
    return f":root {{{variables} }}\n"
