"""What a forked child must make anew: locks that another thread of the parent may have held."""

from __future__ import annotations

import os
from weakref import WeakSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Inherited(Protocol):
        """Something that begins anew in a child process."""

        def _reborn(self) -> None:
            """Take fresh locks and forget what only the parent's threads were doing."""


def after_fork(thing: Inherited) -> None:
    """Call ``thing._reborn()`` in every child forked from now on, as long as it lives."""
    _things.add(thing)


def _begin_anew() -> None:
    for thing in list(_things):
        thing._reborn()


_things: WeakSet[Inherited] = WeakSet()
os.register_at_fork(after_in_child=_begin_anew)
