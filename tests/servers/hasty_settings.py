"""The settings of a server that keeps house every second, and of workers that have a task for five."""

from imagelib.settings import *  # noqa: F403

IMAGELIB_HOUSEKEEPING_SECONDS = 1
IMAGELIB_LEASE_SECONDS = 5
