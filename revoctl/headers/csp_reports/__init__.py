"""Violation reports, read and grouped: ``revoctl headers csp report``.

:class:`Reader` turns bytes into violations, :class:`Collector` groups them in bounded memory,
:func:`allowed` edits the policy. :mod:`revoctl.headers.csp_reports.listen` receives reports.
"""

from __future__ import annotations

from revoctl.headers.csp_reports.allow import allowed
from revoctl.headers.csp_reports.collect import Collector
from revoctl.headers.csp_reports.document import document
from revoctl.headers.csp_reports.model import Group, Summary, Verdict, Violation
from revoctl.headers.csp_reports.read import Reader, parts, violation

__all__ = [
    "Collector", "Group", "Reader", "Summary", "Verdict", "Violation", "allowed", "document",
    "parts", "violation",
]  # fmt: skip
