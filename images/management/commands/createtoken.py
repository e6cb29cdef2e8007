"""createtoken USER: make an API token, or with --revoke remove all of the user's."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from images.accounts.tokens import make_token, tokens_of
from images.accounts.tokens import revoke as revoke_tokens
from images.models import Scope
from images.models.token import MAX_NAME_LENGTH
from images.text import clean


class Command(BaseCommand):
    help = "Print a new API token of USER, once: the library keeps only its hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="USER")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--days", type=int, help="the token expires after so many days (default: never)")
        choice.add_argument("--revoke", action="store_true", help="remove all tokens of USER and make none")
        parser.add_argument("--name", default="", help="what it is for, as USER reads it in the account page")
        parser.add_argument("--read", action="store_true", help="the token reads, and changes nothing")

    def handle(
        self, *, user: str, days: int | None, revoke: bool, name: str, read: bool, **options: Any
    ) -> None:
        owner = self._find(user)
        if revoke:
            self.stdout.write(f"Tokens of {user} removed: {revoke_tokens(tokens_of(owner))}")
            return
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--days must be from 1 to 36500.")
        if len(name := clean(name)) > MAX_NAME_LENGTH:
            raise CommandError(f"--name may have up to {MAX_NAME_LENGTH} characters.")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        scope = Scope.READ if read else Scope.WRITE
        _, token = make_token(owner, name=name, scope=scope, expires_at=expires_at, most=None)
        self.stdout.write(f"Token of {user}, shown only now: {token}")

    def _find(self, name: str) -> User:
        try:
            return User.objects.get_by_natural_key(name)
        except User.DoesNotExist:
            raise CommandError(f"There is no user {name}.") from None
