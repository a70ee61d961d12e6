"""X-Content-Type-Options: only the first item of the list counts (Fetch, "determine nosniff")."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.syntax.tokens import split_list


def is_nosniff(lines: Sequence[str]) -> bool:
    """Whether a browser stops guessing content types; the word counts in any case, unquoted."""
    items = split_list(lines)
    return bool(items) and items[0].lower() == "nosniff"
