"""Take known secret values out of text, wherever it goes: files, logs, errors, terminals."""

from __future__ import annotations

import logging
from collections.abc import Iterable

REDACTED = "<redacted>"
SHORTEST = 4
"""Values below this length are not replaced: they would turn every text into noise."""


class Redactor:
    """Replaces each known value, as it is or percent-encoded, by ``<redacted>``."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: tuple[str, ...] = ()
        for value in values:
            self.learn(value)

    def learn(self, value: str) -> None:
        """Add a value; longer ones are replaced first, so that no tail of one stays behind."""
        if len(value) < SHORTEST:
            return
        from urllib.parse import quote, quote_plus

        forms = {value, quote(value, safe=""), quote_plus(value), value.strip()}
        self._values = tuple(sorted({*self._values, *forms}, key=lambda v: (-len(v), v)))

    def __call__(self, text: str) -> str:
        """The text with every known value replaced."""
        for value in self._values:
            if value in text:
                text = text.replace(value, REDACTED)
        return text

    def __bool__(self) -> bool:
        return bool(self._values)


class RedactingFilter(logging.Filter):
    """A logging filter that redacts the finished message and any traceback text."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redact = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; nothing is ever dropped."""
        record.msg, record.args = self._redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redact(record.exc_text)
        return True
