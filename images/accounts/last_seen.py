"""When a token was last used: to the hour, and so that no request fails or waits."""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.utils import timezone

from images.concurrency import outage
from images.concurrency.unwaited import without_waiting
from images.models import Token, TokenTerms

logger = logging.getLogger(__name__)


def note_use(token: Token) -> None:
    """Note that `token` was used in this hour. What cannot be written now is written with one of the next
    requests.
    """
    hour = this_hour()
    if token.last_used_at and token.last_used_at >= hour:
        return
    used = TokenTerms(token_id=token.pk, last_used_at=hour)
    try:
        with without_waiting():
            TokenTerms.objects.bulk_create(
                [used], update_conflicts=True, unique_fields=["token"], update_fields=["last_used_at"]
            )
    except DatabaseError as error:
        if not outage.is_known(error):
            logger.info("The use of a token is not noted yet: %s", error)


def this_hour() -> datetime:
    """Return when this hour began."""
    return timezone.now().replace(minute=0, second=0, microsecond=0)
