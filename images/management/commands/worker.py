"""worker: do background tasks beside the server."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images.imaging.confinement import hide_process
from images.tasks.worker import work


class Command(BaseCommand):
    help = (
        "Do background tasks, one after another, until SIGTERM. Several may run, on any machine that has the "
        "library's variables. quickstart runs one beside the server."
    )

    def handle(self, **options: Any) -> None:
        hide_process()  # as the server is: what decodes strangers' files is of the same user
        if sentence := work():
            raise CommandError(sentence)
