"""A PostgreSQL that is a standby, and so takes nothing that is to be kept."""

from django.db import connection

from images.concurrency.postgresql import ours

READ_ONLY = ("in_hot_standby", "default_transaction_read_only")  # which it reports by itself, from 14 on


def is_read_only() -> bool:
    """Whether the database says of itself that it writes nothing. It is not asked: it told us before."""
    if connection.vendor != "postgresql":
        return False
    with ours().kept():
        connection.ensure_connection()
        return any(connection.connection.info.parameter_status(name) == "on" for name in READ_ONLY)
