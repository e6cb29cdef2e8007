#!/usr/bin/env python
"""Django's command line for imagelib."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagelib.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility, execute_from_command_line

    try:
        _ = settings.DEBUG  # reads them all
    except (ImproperlyConfigured, OSError, ValueError) as error:
        # Whoever configures is told what is wrong; where in the code it was noticed helps nobody.
        sys.exit(f"imagelib cannot start: {error}")
    if sys.argv[1:2] == ["version"]:  # Django would answer it with its own, before it looks for commands
        import django

        django.setup()
        ManagementUtility().fetch_command("version").run_from_argv(sys.argv)
    else:
        from django.db import OperationalError

        try:
            execute_from_command_line(sys.argv)
        except OperationalError as error:
            if "--traceback" in sys.argv:
                raise
            reason = str(error).partition("\n")[0]
            sys.exit(f"The database cannot be used; see DATABASE_URL. {reason}")
