"""unit, integration and browser have a folder for each room or page; bench is run by hand. Their helpers:

factories    images in memory, people, images in the library
tasks        background tasks, done at once
queries      random searches of every field, for properties
documents    README and docs/ as text: sections, links, commands
clients/     asks the API, the pages, the image service and the commands as their callers do
files/       pictures that are awkward to draw, hostile files, and how a drawing is compared
servers/     the production server, SeaweedFS, nginx and proxies, as processes and sockets
resilience/  what goes wrong: faults, races, killed uploads and workers, a lost database
contracts/   what every backend, every byte answer and every page has to keep
"""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[1]  # where manage.py is
