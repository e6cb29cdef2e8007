"""Variables of the environment, or the files that they name: a secret need not be in an environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):  # type: ignore[misc]  # which has no types
    """django-environ, where every variable NAME may be given as NAME_FILE instead, the path of its value."""

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **options: Any) -> Any:
        content = file_of(var, self.ENVIRON)
        if content is None:
            return super().get_value(var, cast, default, **options)
        return content if cast is None else self.parse_value(content, cast)


def file_of(name: str, environment: Mapping[str, str]) -> str | None:
    """Return what is in the file that NAME_FILE names, without one newline at its end; None without such a
    variable. Raises ImproperlyConfigured where both are set, or nothing can be read.
    """
    path = environment.get(f"{name}_FILE")
    if not path:
        return None
    if environment.get(name):
        raise ImproperlyConfigured(f"Only one of {name} and {name}_FILE may be set.")
    try:
        return Path(path).read_text("utf-8").removesuffix("\n")
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names no file that can be read: {error.strerror}.") from None
    except ValueError:  # which says what is in it
        raise ImproperlyConfigured(f"{name}_FILE names a file that is no text.") from None
