"""createtoken USER: make an API token, or with --revoke remove all of the user's."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from knox.models import AuthToken


class Command(BaseCommand):
    help = "Print a new API token of USER, once: the library keeps only its hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="USER")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--days", type=int, help="the token expires after so many days (default: never)")
        choice.add_argument("--revoke", action="store_true", help="remove all tokens of USER and make none")

    def handle(self, *, user: str, days: int | None, revoke: bool, **options: Any) -> None:
        owner = self._find(user)
        if revoke:
            count, _ = AuthToken.objects.filter(user=owner).delete()
            self.stdout.write(f"Tokens of {user} removed: {count}")
            return
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--days must be from 1 to 36500.")
        _, token = AuthToken.objects.create(owner, expiry=timedelta(days=days) if days else None)
        self.stdout.write(f"Token of {user}, shown only now: {token}")

    def _find(self, name: str) -> User:
        try:
            return User.objects.get_by_natural_key(name)
        except User.DoesNotExist:
            raise CommandError(f"There is no user {name}.") from None
