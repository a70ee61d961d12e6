"""The one error family.

::

    RevoctlError          carries a stable code; ``cli/exits.py`` alone turns it into an exit code
    └── PolicyError       a policy or settings file says something that it cannot mean

A wing raises these with the words an operator needs: what failed, why, and what to do next. A code
is ``family.reason`` in lower case (``target.unreachable``) and never changes its meaning.
"""

from __future__ import annotations


class RevoctlError(Exception):
    """Something failed that the caller can understand.

    ``what`` failed, ``why``, and ``fix``: what to do next; each is one line without a final stop.
    """

    def __init__(self, code: str, what: str, why: str = "", fix: str = "") -> None:
        super().__init__(f"{what}: {why}" if why else what)
        self.code = code
        self.what = what
        self.why = why
        self.fix = fix


class PolicyError(RevoctlError):
    """A policy does not mean anything: names the offending key, and the file and line if known."""

    def __init__(self, what: str, why: str = "", fix: str = "") -> None:
        super().__init__("config.invalid", what, why, fix)
