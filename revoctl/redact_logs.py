"""A logging filter over known secret values."""

from __future__ import annotations

import logging

from revoctl.redact import Redactor


class RedactingFilter(logging.Filter):
    """Redacts the finished message and any traceback text; nothing is ever dropped."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redact = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place."""
        record.msg, record.args = self._redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redact(record.exc_text)
        return True
