"""What the admin's start page asks of the library."""

from django import template

from images.catalogue import figures

register = template.Library()

register.simple_tag(figures.figures, name="figures")
