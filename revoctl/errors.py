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
    """A policy does not mean anything. ``key`` is the offending key's dotted path, if known.

    Whoever read the file adds its name and the line of the key with :meth:`at`.
    """

    def __init__(self, key: str, says: str, why: str = "", fix: str = "") -> None:
        super().__init__("config.invalid", f"{key} {says}".strip(), why, fix)
        self.key = key

    def at(self, place: str) -> PolicyError:
        """The same error with the place it was found: a file, or a file and line."""
        error = PolicyError("", f"{place}: {self.what}", self.why, self.fix)
        error.key = self.key
        return error
