"""A value that does not show itself."""

from __future__ import annotations

from typing import Any, Final, NoReturn

MASK: Final = "********"


class Secret:
    """Text that only :meth:`reveal` gives away: not repr, str, format, pickle, copy or JSON.

    Two secrets compare in constant time; a secret is not hashable, so it cannot become a key that
    some log prints.
    """

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        import hmac

        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.reveal().encode())

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied")
