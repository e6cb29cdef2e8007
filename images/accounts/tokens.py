"""The rules of API tokens: who makes which, what they may do, and how they end."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.crypto import hash_token
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from images.catalogue.access import AnyUser
from images.models import Scope, Token, TokenTerms

MOST = 100  # tokens of one person, made on a page or by the API


def tokens_of(user: AnyUser) -> QuerySet[Token]:
    """Return the tokens of `user`, those that expired too, the newest first."""
    own: QuerySet[Token] = Token.objects.filter(user=user)
    return own.select_related("terms").order_by("-created", "-pk")


def find_token(secret: str) -> Token:
    """Return the token whose text this is, with its person. Raises Token.DoesNotExist for none, or an expired
    one.
    """
    token: Token = Token.objects.select_related("user", "terms").get(pk=hash_token(secret))
    if token.is_expired(timezone.now()):
        raise Token.DoesNotExist
    return token


def make_token(
    user: AnyUser,
    *,
    name: str = "",
    scope: str = Scope.WRITE,
    expires_at: datetime | None = None,
    made_with: Token | None = None,
    most: int | None = MOST,
) -> tuple[Token, str]:
    """Return a new token of `user` and its text, which nothing keeps. Tokens that expired go.

    A program whose token writes may make others, for the machines that it sets up. They end with that token,
    or whoever stole it would keep what it was turned into: none has a later expiry, all are revoked with it,
    and they make none themselves. Raises PermissionDenied for one of these or one revoked meanwhile,
    ValidationError for a later expiry, and beyond `most` tokens.
    """
    if made_with and _maker_of(made_with):
        raise PermissionDenied(_("A token that was made with a token makes no others."))
    if made_with and made_with.expiry and (not expires_at or expires_at > made_with.expiry):
        raise ValidationError({"expires_at": _("It cannot outlive the token with which it is made.")})
    digest, secret = get_digest_token()
    key = secret[: CONSTANTS.TOKEN_KEY_LENGTH]
    with transaction.atomic():
        _hold(User.objects.filter(username=user.get_username()))  # or two would be the last one
        own = Token.objects.filter(user=user)
        if made_with and not own.filter(pk=made_with.pk).exists():
            raise PermissionDenied(_("The token with which it is made was revoked."))
        own.filter(expiry__lte=timezone.now()).delete()
        if most is not None and own.count() >= most:
            raise ValidationError(
                _("You have %(most)d tokens, which is the most. Revoke one first.") % {"most": most}
            )
        token = Token(digest=digest, token_key=key, user=user, expiry=expires_at)
        token.save(force_insert=True)
        TokenTerms.objects.create(token=token, name=name, scope=scope, made_with=made_with)
    return token, secret


def revoke_token(user: AnyUser, token_id: UUID) -> bool:
    """Revoke a token of `user`; return whether there was one."""
    return bool(revoke(Token.objects.filter(user=user, digest__startswith=token_id.hex)))


def revoke(tokens: QuerySet[Token]) -> int:
    """Delete these tokens, and those that were made with them; return how many."""
    with transaction.atomic():
        _hold(User.objects.filter(pk__in=tokens.order_by().values("user")))  # what is being made is seen then
        digests = [*tokens.values_list("pk", flat=True)]
        made = Q(terms__made_with__in=digests)
        deleted: dict[str, int] = Token.objects.filter(Q(pk__in=digests) | made).delete()[1]
    return deleted.get(Token._meta.label, 0)


def _hold(people: QuerySet[User]) -> None:
    """Let nobody else make or revoke tokens of these until the transaction ends."""
    list(people.select_for_update().values_list("pk", flat=True))


def _maker_of(token: Token) -> str | None:
    """Return the digest of the token with which this one was made, if one was."""
    terms = token.terms_or_none
    return terms.made_with_id if terms else None
