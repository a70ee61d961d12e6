"""Keep every revealed value out of the logs."""

from __future__ import annotations

from revoctl.redact import Redactor
from revoctl.redact_logs import RedactingFilter
from revoctl.secret import on_reveal


def redacting_filter() -> RedactingFilter:
    """A filter for a logging *handler* that redacts each value from when it is first revealed.

    ::

        for handler in logging.getLogger().handlers:
            handler.addFilter(redacting_filter())

    Values below four characters are left alone: replacing them would tear every line.
    """
    redactor = Redactor()
    on_reveal(redactor.learn)
    return RedactingFilter(redactor)
