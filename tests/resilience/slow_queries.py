"""SQL that keeps SQLite and PostgreSQL at work."""


def counting_to(number: int) -> str:
    """Return an expression that is `number`, after as many steps."""
    steps = f"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}"  # noqa: S608
    return f"(WITH RECURSIVE n(i) AS ({steps}) SELECT count(*) FROM n)"  # noqa: S608


FOREVER = counting_to(2**60)
