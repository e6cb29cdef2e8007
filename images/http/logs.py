"""How a line of the log is written: as text, or as one JSON object. Neither has a secret of an address."""

import json
import logging
from datetime import UTC, datetime

from images.http.request_ids import current
from images.http.secrecy import Masked, masked


class Exceptional(logging.Filter):
    """Lets by what Django says of exceptions. It says, too, what was not found or is busy, which the line of
    the request has already.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


class Text(Masked):
    """Ends the line with the id of the request that caused it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        return f"{line} [{identity}]" if (identity := current.get()) else line


class Json(logging.Formatter):
    """One object a line: `time`, `level`, `logger`, `message`; `request_id` and `traceback` where there is
    one. Of a request that was answered imagelib/request_log.py tells more.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if identity := current.get():
            entry["request_id"] = identity
        if record.exc_info:
            entry["traceback"] = masked(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False, default=str)
