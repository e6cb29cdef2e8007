"""The settings of a server that keeps house every second."""

from imagelib.settings import *  # noqa: F403

IMAGELIB_HOUSEKEEPING_SECONDS = 1
