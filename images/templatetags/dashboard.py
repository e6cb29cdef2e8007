"""What the admin's templates ask of the library."""

from django import template
from django.conf import settings

from images.catalogue import figures

register = template.Library()

register.simple_tag(figures.figures, name="figures")


@register.simple_tag
def version() -> str:
    """Return the version of imagelib."""
    return settings.IMAGELIB_VERSION
