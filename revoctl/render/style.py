"""How an output is to look: what the terminal allows and the operator asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """The options of renderers; each takes those that mean something to it.

    ``width`` in columns; ``color`` allows ANSI sequences; ``verbose`` counts ``-v``. ``snippet``
    turns a :class:`~revoctl.report.model.Fix` into a server's configuration to copy, or ``""``.
    """

    width: int = 80
    color: bool = False
    verbose: int = 0
    snippet: Callable[[Any], str] | None = None
