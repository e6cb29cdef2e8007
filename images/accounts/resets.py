"""New passwords for people who forgot theirs: an address, by e-mail or from an administrator, sets one once.

Django's token in it is dead when the password changes, at the next sign-in, and after PASSWORD_RESET_TIMEOUT.
"""

import logging
import threading

from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import connections
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from images.accounts.permissions import is_within
from images.http import branding
from images.http.limits import OverQuota, count_mail_to

AT_ONCE = 16  # mails on their way from this process, each for as long as a slow server holds it
NAME = "password mail"  # of the threads
DELAY = 1  # second, by when the answer is sent: at once, what is done for a known address would slow it down

logger = logging.getLogger(__name__)

_places = threading.BoundedSemaphore(AT_ONCE)


def link_of(person: User) -> str:
    """Return the path at which somebody sets a new password for `person`."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    return reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(person)])


def may_make_link(user: User, person: User) -> bool:
    """Whether `user`, who may change people, may have a link into the account of `person`: into none that may
    do more, and into those of staff as a superuser alone.
    """
    return person.is_active and is_within(person, user) and (user.is_superuser or not person.is_staff)


def send_links(address: str, origin: str) -> None:
    """Send whoever has this e-mail address a link at `origin` for each of their accounts, and return at once.

    It is looked up and sent in a thread: neither the answer nor its time tells whether somebody has it.
    Beyond AT_ONCE mails nothing is sent.
    """
    if not _places.acquire(blocking=False):
        logger.warning("A mail for a new password was not sent: too many are on their way")
        return
    thread = threading.Timer(DELAY, _send, (address, origin))
    thread.name, thread.daemon = NAME, True
    thread.start()


def _send(address: str, origin: str) -> None:
    try:
        for person in PasswordResetForm().get_users(address):
            count_mail_to(person.email)
            library = str(branding.library())
            context = {"name": person.get_username(), "library": library, "address": origin + link_of(person)}
            subject = _("A new password at %(library)s") % {"library": library}
            send_mail(subject, render_to_string("accounts/reset_mail.txt", context), None, [person.email])
    except OverQuota:
        logger.info("A mail for a new password was not sent: its mailbox got too many")
    except Exception as error:  # nobody waits for it; and what it says may have the address in it
        logger.error("A mail for a new password was not sent: %s", type(error).__name__)
    finally:
        connections.close_all()
        _places.release()
