"""New passwords for people who forgot theirs: an address, by e-mail or from an administrator, sets one once.

Django's token in it is dead when the password changes, at the next sign-in, and after PASSWORD_RESET_TIMEOUT.
It is made when the mail is sent, so that no row of a background task has it.
"""

import logging
from datetime import datetime, timedelta

from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django_tasks import task

from images.accounts.permissions import is_within
from images.errors import Undelivered
from images.http import branding
from images.http.limits import OverQuota, count_mail_to

LATEST = timedelta(hours=1)  # after which nobody who asked waits for a mail any more
PRIORITY = 50  # of tasks for which somebody waits: before those of a thousand uploads

logger = logging.getLogger(__name__)


def link_of(person: User) -> str:
    """Return the path at which somebody sets a new password for `person`."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    return reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(person)])


def may_make_link(user: User, person: User) -> bool:
    """Whether `user`, who may change people, may have a link into the account of `person`: into none that may
    do more, and into those of staff as a superuser alone.
    """
    return person.is_active and is_within(person, user) and (user.is_superuser or not person.is_staff)


def ask_for_links(address: str, origin: str) -> None:
    """Have a link at `origin` sent to whoever has this e-mail address, for each of their accounts.

    A worker looks it up: neither the answer nor its time tells whether somebody has it.
    """
    find_people.enqueue(address=address, origin=origin, before=(timezone.now() + LATEST).isoformat())


@task(priority=PRIORITY)
def find_people(*, address: str, origin: str, before: str) -> None:
    """Enqueue a mail for each account that has this e-mail address, and may have one."""
    people = [person for person in PasswordResetForm().get_users(address) if _has_room_for_mail(person)]
    with transaction.atomic():
        for person in people:
            send_link.enqueue(person.pk, origin=origin, before=before)


@task(priority=PRIORITY)
def send_link(person_id: int, *, origin: str, before: str) -> None:
    """Send a person who may still have one a link at `origin`; nothing after `before`. Raises Undelivered."""
    if timezone.now() > datetime.fromisoformat(before):
        logger.error("A mail for a new password was not sent: the server for mail was away for too long")
        return
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None or not person.email or not person.has_usable_password():  # since it was asked for
        return
    library = str(branding.library())
    context = {"name": person.get_username(), "library": library, "address": origin + link_of(person)}
    subject = _("A new password at %(library)s") % {"library": library}
    try:
        send_mail(subject, render_to_string("accounts/reset_mail.txt", context), None, [person.email])
    except Exception as error:  # of whatever kind; and what it says may have the address in it
        raise Undelivered(f"The server for mail took none: {type(error).__name__}.") from None


def _has_room_for_mail(person: User) -> bool:
    try:
        count_mail_to(person.email)
    except OverQuota:
        logger.info("A mail for a new password was not sent: its mailbox got too many")
        return False
    return True
