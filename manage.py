#!/usr/bin/env python
"""Django's command line for imagelib."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        _ = settings.DEBUG  # reads them all
    except (ImproperlyConfigured, OSError, ValueError) as error:
        # Whoever configures is told what is wrong; where in the code it was noticed helps nobody.
        sys.exit(f"imagelib cannot start: {error}")
    execute_from_command_line(sys.argv)
