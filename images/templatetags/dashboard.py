"""What the admin's templates ask of the library."""

from django import template
from django.conf import settings

from images.catalogue import figures
from images.tasks import notices

register = template.Library()

register.simple_tag(figures.figures, name="figures")
register.simple_tag(notices.shown, name="notices")


@register.simple_tag
def version() -> str:
    """Return the version of imagelib."""
    return settings.IMAGELIB_VERSION
