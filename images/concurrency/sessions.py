"""Whether a session of ours is one of PostgreSQL's: its advisory locks hold no longer than that."""

import time
from contextlib import closing
from select import POLLIN, poll
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    import psycopg

TIMEOUT = 5  # seconds for each of the two connections, and as many for all that is asked of them
ROUNDS = 10  # one is enough on an idle pool, whether it gives the backend used last or first

REFUSAL = (
    "A pooler between imagelib and PostgreSQL gives a session no backend of its own (transaction pooling, or "
    "statement pooling): its locks would not hold, and two uploads at once could lose an image."
)
SESSION_POOLING = (
    "Session pooling works: set PgBouncer's pool_mode to session, or let DATABASE_URL name PostgreSQL itself."
)

_WHICH = b"SELECT pg_backend_pid(), pg_postmaster_start_time()"  # other machines have the same numbers


def refusal() -> str:
    """Return why nothing may be done here that takes locks; "" when they hold. Raises OperationalError."""
    return f"{REFUSAL} {SESSION_POOLING}" if is_pooled_by_transaction() else ""


def is_pooled_by_transaction() -> bool:
    """Return whether sessions of ours share the backends of PostgreSQL, as PgBouncer has them do in the modes
    transaction and statement. Two connections of its own find out, and are closed.

    Not known is no: a pool of sessions may have one alone. Raises OperationalError when there is no answer.
    """
    if connection.vendor != "postgresql":
        return False
    import psycopg  # which SQLite does without

    parameters = {**connection.get_connection_params(), "autocommit": True, "connect_timeout": TIMEOUT}
    with (
        connection.wrap_database_errors,
        closing(psycopg.connect(**parameters)) as one,
        closing(psycopg.connect(**parameters)) as other,
    ):
        deadline = time.monotonic() + TIMEOUT
        try:
            _backend(one, deadline)
        except TimeoutError:  # a pooler lets everybody in, also while its PostgreSQL is away
            raise psycopg.OperationalError("PostgreSQL does not answer.") from None
        try:
            return any(_share(one, other, deadline) for _ in range(ROUNDS))
        except TimeoutError:
            return False


def _share(one: "psycopg.Connection", other: "psycopg.Connection", deadline: float) -> bool:
    """Return whether one session meets the backend of the other, or another one than before. Asked twice in
    a row, the other meets that of the first where two take turns.
    """
    asked = [_backend(session, deadline) for session in (one, other, other, one)]
    return asked[0] == asked[1] or asked[1] != asked[2] or asked[0] != asked[3]


def _backend(session: "psycopg.Connection", deadline: float) -> tuple[bytes | None, ...]:
    """Return which backend answers. Raises TimeoutError at the `deadline`, and OperationalError."""
    import psycopg

    asking, readable, answers = session.pgconn, poll(), []
    readable.register(session.fileno(), POLLIN)
    asking.send_query(_WHICH)
    while True:
        while asking.is_busy():
            if not readable.poll(1000 * max(0, deadline - time.monotonic())):
                raise TimeoutError
            asking.consume_input()
        if not (answer := asking.get_result()):
            break
        answers.append(answer)
    if not answers or answers[0].status != psycopg.pq.ExecStatus.TUPLES_OK:
        raise psycopg.OperationalError(asking.get_error_message())
    return answers[0].get_value(0, 0), answers[0].get_value(0, 1)
