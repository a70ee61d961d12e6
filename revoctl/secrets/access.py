"""Who may do what with which secrets: a policy of rules, and the trail of what was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from revoctl.errors import PolicyError
from revoctl.secrets.errors import Denied
from revoctl.secrets.reference import Reference

OPERATIONS = ("read", "list", "write", "delete", "rotate")
Recorder = Callable[..., object]
"""Takes operation, object and ``outcome=``; raises if it cannot record."""


class Rule(NamedTuple):
    """Actors and secrets are shell patterns (``*``, ``?``, ``[…]``); a secret is its reference."""

    actors: tuple[str, ...]
    operations: tuple[str, ...]
    secrets: tuple[str, ...]
    allow: bool = True

    def covers(self, actor: str, operation: str, secret: str) -> bool:
        """Whether the rule speaks of this."""
        return (
            operation in self.operations
            and any(fnmatchcase(actor, pattern) for pattern in self.actors)
            and any(fnmatchcase(secret, pattern) for pattern in self.secrets)
        )


class AccessPolicy:
    """Whatever no rule allows is denied, and a rule that denies wins over all that allow."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)

    @classmethod
    def of(cls, rules: Iterable[Mapping[str, Any]]) -> AccessPolicy:
        """From plain mappings with ``who``, ``may`` or ``may-not``, and ``what``.

        Raises :class:`PolicyError` naming the wrong key.
        """
        return cls(_rule(number, rule) for number, rule in enumerate(rules))

    def allows(self, actor: str, operation: str, secret: Reference) -> bool:
        """The verdict alone."""
        text = str(secret)
        spoken = [rule.allow for rule in self._rules if rule.covers(actor, operation, text)]
        return bool(spoken) and all(spoken)

    def check(
        self, actor: str, operation: str, secret: Reference, record: Recorder | None = None
    ) -> None:
        """Raises ``Denied`` ``secret.denied`` after recording the denial; a denial stands even
        where it cannot be recorded."""
        if self.allows(actor, operation, secret):
            return
        why = f"no rule of the access policy lets {actor} {operation} it"
        try:
            if record is not None:
                record(operation, str(secret), outcome="denied")
        finally:
            denied = Denied("secret.denied", f"{secret} was not touched", why)
        raise denied


def _rule(number: int, rule: Mapping[str, Any]) -> Rule:
    where = f"access[{number}]"
    unknown = set(rule) - {"who", "may", "may-not", "what"}
    if unknown:
        raise PolicyError(f"{where}.{min(unknown)}", "is no key of a rule")
    if ("may" in rule) == ("may-not" in rule):
        raise PolicyError(where, "needs either may or may-not")
    key = "may" if "may" in rule else "may-not"
    operations = _texts(where, rule, key)
    for operation in operations:
        if operation not in OPERATIONS:
            raise PolicyError(f"{where}.{key}", f"names {operation!r}", ", ".join(OPERATIONS))
    return Rule(_texts(where, rule, "who"), operations, _texts(where, rule, "what"), key == "may")


def _texts(where: str, rule: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = rule.get(key)
    texts = (found,) if isinstance(found, str) else found
    if not isinstance(texts, (list, tuple)) or not texts:
        raise PolicyError(f"{where}.{key}", "must be a text or a list of texts")
    if not all(isinstance(text, str) for text in texts):
        raise PolicyError(f"{where}.{key}", "must hold texts only")
    return tuple(texts)
