"""What the admin's start page asks of the library."""

from django import template

from images import dashboard

register = template.Library()

register.simple_tag(dashboard.figures, name="figures")
