"""Nonces and hashes that are too short or malformed, and what a CSP level passes over.

The thresholds of nonces: 8 characters from Google's CSP Evaluator 1.1.8, 128 bits from CSP Level 3,
section 7.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.rules.csp_delivery import csp_rule
from revoctl.headers.rules.csp_posture import Flaw, Posture, distinct, quote
from revoctl.headers.syntax.csp import Directive
from revoctl.headers.syntax.csp_levels import ignored
from revoctl.headers.syntax.csp_sources import DIGESTS, HASH, is_base64, read_source
from revoctl.report.model import Severity

SPEC = "https://www.w3.org/TR/CSP3/"
STRICT = "https://web.dev/articles/strict-csp"
SHORT = 8
ENTROPY = 22
"""Base64 characters that hold 128 bits."""


@csp_rule(
    "csp-nonce-short",
    "A nonce is short",
    Severity.MEDIUM,
    why="A nonce that can be guessed marks the attacker's script as the page's own.",
    fix="Make each response's nonce of 16 random bytes, in base64.",
    references=(f"{SPEC}#security-nonces", STRICT),
)
def nonce_short(posture: Posture) -> Sequence[Flaw]:
    """Under 8 characters; under 22, which is less than 128 bits, weighs less."""
    if not posture.quoted:
        return ()
    return distinct(
        Flaw(
            d.name,
            f"{d.name} has a nonce of {len(nonce)} characters, which is under 128 bits",
            value,
            None if len(nonce) < SHORT else Severity.LOW,
            i,
        )
        for i, d, value, nonce in _nonces(posture)
        if len(nonce) < ENTROPY
    )


@csp_rule(
    "csp-nonce-charset",
    "A nonce is not base64",
    Severity.INFO,
    why="Browsers do not take it as a nonce, so nothing is marked; often a template was not filled "
    "in.",
    fix="Write the nonce in base64, and look whether the template is filled in.",
    references=(f"{SPEC}#grammardef-nonce-source",),
    anywhere=True,
)
def nonce_charset(posture: Posture) -> Sequence[Flaw]:
    """A quoted ``nonce-`` that the grammar does not allow."""
    if not posture.quoted:
        return ()
    return distinct(
        Flaw(d.name, f"{d.name} has a nonce with characters that base64 has not", value, policy=i)
        for i, d, value, nonce in _nonces(posture)
        if not is_base64(nonce)
    )


def _nonces(posture: Posture) -> Iterator[tuple[int, Directive, str, str]]:
    if not any(w.startswith("'nonce-") for w in posture.quoted):
        return
    for i, directive in posture.directives():
        for value in directive.values:
            if value[:7].lower() == "'nonce-" and value[-1] == "'" and len(value) > 8:
                yield i, directive, value, value[7:-1]


@csp_rule(
    "csp-hash-length",
    "A hash can match nothing",
    Severity.LOW,
    why="The script or style that it was meant for is blocked, and such a policy tends to be "
    "loosened.",
    fix="Write the digest of the exact text between the tags, in base64.",
    references=(f"{SPEC}#grammardef-hash-source",),
    anywhere=True,
)
def hash_length(posture: Posture) -> Sequence[Flaw]:
    """A hash whose base64 text has not the length of its algorithm's digest."""
    if not any(w.startswith("'sha") for w in posture.quoted):
        return ()
    return distinct(
        Flaw(d.name, f"{d.name} has a hash that is not as long as its digest", value, policy=i)
        for i, d in posture.directives()
        for value in d.values
        if value[0] == "'" and read_source(value).kind == HASH and not _whole(value)
    )


def _whole(value: str) -> bool:
    algorithm, _, digest = value[1:-1].partition("-")
    characters = len(digest.rstrip("="))
    return characters == -(-DIGESTS[algorithm.lower()] * 8 // 6)


@csp_rule(
    "csp-source-ignored",
    "A browser of this level passes over part of the policy",
    Severity.INFO,
    why="Nothing is gained by an attacker; it shows what is there for other browsers.",
    fix="Nothing is to be done where the rest is what you mean.",
    references=(f"{SPEC}#strict-dynamic-usage", f"{SPEC}#unsafe-inline"),
    anywhere=True,
)
def source_ignored(posture: Posture) -> Sequence[Flaw]:
    """Directives and values without effect at the level; of interest to ``csp check`` only."""
    return distinct(
        Flaw(lost.directive, f"{quote(lost.value)} {lost.reason}".strip(), lost.value, policy=i)
        for i, policy in enumerate(posture.policies)
        for lost in ignored(policy, posture.level)
    )


RULES = (nonce_short, nonce_charset, hash_length)
NOTES = (source_ignored,)
"""What describes a policy, and is no weakness of a page."""
