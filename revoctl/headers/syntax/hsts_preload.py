"""The conditions of the HSTS preload list, by the issue codes of hstspreload.org.

The list's own checker is stricter in some ways than the standard (no quoted ``max-age``) and
milder in others (a repeated directive is only a warning). Codes and figures: chromium/hstspreload,
``header.go``.
"""

from __future__ import annotations

from msgspec import Struct

from revoctl.headers.syntax.hsts import ONE_YEAR, TEN_YEARS

_LARGEST = 2**64 - 1


class Issues(Struct, frozen=True):
    """Codes that stand against the listing, and codes that only deserve notice, in order."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Preload(Struct, frozen=True):
    """One header value as the list's checker reads it; ``max_age`` in seconds, None if unusable."""

    max_age: int | None
    include_subdomains: bool
    preload: bool
    issues: Issues


class _Reading:
    """What has been read of a value so far."""

    def __init__(self) -> None:
        self.max_age: int | None = None
        self.flags: set[str] = set()
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def once(self, codes: list[str], code: str) -> None:
        if code not in codes:
            codes.append(code)

    def flag(self, directive: str, name: str, code: str) -> None:
        if directive != name:
            self.once(self.warnings, f"header.parse.invalid.{code}")
        elif name in self.flags:
            self.once(self.warnings, f"header.parse.repeated.{code}")
        self.flags.update({name} & {directive})

    def age(self, digits: str) -> None:
        if len(digits) > 1 and digits[0] == "0":
            self.warnings.append("header.parse.max_age.leading_zero")
        if digits.strip("0123456789"):
            self.errors.append("header.parse.max_age.non_digit_characters")
        elif not digits or (number := _number(digits)) is None:
            self.errors.append("header.parse.max_age.parse_int_error")
        elif self.max_age is None:
            self.max_age = number
        else:
            self.once(self.warnings, "header.parse.repeated.max_age")


def _number(digits: str) -> int | None:
    """Digits as the 64 bits that the list's checker has room for."""
    significant = digits.lstrip("0") or "0"
    number = int(significant) if len(significant) <= 20 else _LARGEST + 1
    return number if number <= _LARGEST else None


def parse(value: str) -> Preload:
    """Read one header value; its syntax issues come along."""
    reading = _Reading()
    directives = [part.strip().lower() for part in value.split(";")]
    if directives == [""]:
        reading.warnings.append("header.parse.empty")
        directives = []
    for directive in directives:
        _read(reading, directive)
    return Preload(
        reading.max_age,
        "includesubdomains" in reading.flags,
        "preload" in reading.flags,
        Issues(tuple(reading.errors), tuple(reading.warnings)),
    )


def _read(reading: _Reading, directive: str) -> None:
    if directive.startswith("preload"):
        reading.flag(directive, "preload", "preload")
    elif directive.startswith("includesubdomains"):
        reading.flag(directive, "includesubdomains", "include_sub_domains")
    elif directive.startswith("max-age="):
        reading.age(directive[8:])
    elif directive.startswith("max-age"):
        reading.once(reading.errors, "header.parse.invalid.max_age.no_value")
    elif directive:
        reading.warnings.append("header.parse.unknown_directive")
    else:
        reading.once(reading.warnings, "header.parse.empty_directive")


def preloadable(value: str) -> Issues:
    """What stands against putting a host on the list by this header value."""
    found = parse(value)
    errors, warnings = list(found.issues.errors), list(found.issues.warnings)
    if not found.include_subdomains:
        errors.append("header.preloadable.include_sub_domains.missing")
    if not found.preload:
        errors.append("header.preloadable.preload.missing")
    if found.max_age is None:
        errors.append("header.preloadable.max_age.missing")
    elif found.max_age < ONE_YEAR:
        reason = "below_1_year" if found.max_age else "zero"
        errors.append(f"header.preloadable.max_age.{reason}")
    elif found.max_age > TEN_YEARS:
        warnings.append("header.preloadable.max_age.over_10_years")
    return Issues(tuple(errors), tuple(warnings))


def removable(value: str) -> Issues:
    """What stands against taking a host off the list; syntax warnings do not matter there."""
    found = parse(value)
    errors = list(found.issues.errors)
    if found.preload:
        errors.append("header.removable.contains.preload")
    if found.max_age is None:
        errors.append("header.removable.missing.max_age")
    return Issues(tuple(errors))
