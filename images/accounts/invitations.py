"""The rules of invitations: who makes which, what one gives, once, and how they end."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from images.accounts.permissions import is_within
from images.catalogue.access import AnyUser
from images.concurrency.locks import locked
from images.models import Invitation

SECRET_BYTES = 16  # 128 random bits, which nobody guesses
AGE, OLDEST = timedelta(days=7), timedelta(days=31)
KEPT = timedelta(days=30)  # one that expired, for its maker to see that nobody came
MOST = 100  # of one person, open or expired


def may_invite(user: AnyUser) -> bool:
    """Whether `user` invites people, into groups that may do no more than they."""
    return user.has_perm("images.add_invitation")


def invitations_of(user: AnyUser) -> QuerySet[Invitation]:
    """Return the invitations that `user` made, the newest first."""
    own = Invitation.objects.filter(made_by=user.pk).select_related("group", "used_by")
    return own.order_by("-created_at", "-pk")


def invite(user: User, group: Group, *, note: str = "", age: timedelta = AGE) -> tuple[Invitation, str]:
    """Return a new invitation of `user` into `group`, and its secret, which nothing keeps.

    Raises PermissionDenied for a group that may do more than `user`, ValidationError beyond MOST.
    """
    if age > OLDEST:
        raise ValueError("An invitation lives for a month at most.")
    if not _may_give(user, group):
        raise PermissionDenied
    secret = secrets.token_urlsafe(SECRET_BYTES)
    now = timezone.now()
    with transaction.atomic():
        list(locked(User.objects.filter(pk=user.pk)))  # or two would be the last one
        unused = Invitation.objects.filter(made_by=user, used_by=None)
        unused.filter(expires_at__lte=now - KEPT).delete()
        if unused.count() >= MOST:
            raise ValidationError(
                _("You have %(most)d open invitations, which is the most. Revoke one first.") % {"most": MOST}
            )
        invitation = Invitation.objects.create(
            secret_hash=digest(secret), made_by=user, note=note, group=group, expires_at=now + age
        )
    return invitation, secret


def find_invitation(secret: str) -> Invitation:
    """Return the invitation with this secret. Raises Invitation.DoesNotExist for one that is used, expired or
    revoked, and while its maker is not active, or may not give what it gives.
    """
    return _living(secret, Invitation.objects.all())


def join(secret: str, newcomer: User) -> None:
    """Write the new account `newcomer`, whose password is hashed, into the group of the invitation.

    Of two at once one comes first. Raises Invitation.DoesNotExist as find_invitation does, and
    ValidationError where another took the user name meanwhile.
    """
    try:
        with transaction.atomic():
            invitation = _living(secret, locked(Invitation.objects.all()))
            newcomer.save(force_insert=True)
            newcomer.groups.add(invitation.group)
            Invitation.objects.filter(pk=invitation.pk).update(used_by=newcomer)
    except IntegrityError:
        error = newcomer.unique_error_message(User, ("username",))
        raise ValidationError({"username": error}) from None


def revoke_invitation(user: AnyUser, invitation_id: UUID) -> None:
    """Delete an invitation of `user` that nobody used; it may be gone already."""
    Invitation.objects.filter(made_by=user.pk, pk=invitation_id, used_by=None).delete()


def digest(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _living(secret: str, rows: QuerySet[Invitation]) -> Invitation:
    unused = rows.filter(used_by=None, expires_at__gt=timezone.now()).select_related("made_by", "group")
    invitation = unused.get(secret_hash=digest(secret))
    if not _may_give(invitation.made_by, invitation.group):
        raise Invitation.DoesNotExist
    return invitation


def _may_give(user: User, group: Group) -> bool:
    return may_invite(user) and is_within(group, user)
