"""A value that does not show itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

MASK: Final = "********"
_listeners: list[Callable[[str], object]] = []


def on_reveal(learn: Callable[[str], object]) -> Callable[[], None]:
    """Hear of every value from the moment it is revealed, so that logs can be kept clean of it.

    Returns a function that ends it. ``learn`` must not log, raise or reveal.
    """
    _listeners.append(learn)

    def end() -> None:
        if learn in _listeners:
            _listeners.remove(learn)

    return end


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
        for learn in _listeners:
            learn(self.__value)
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
        # surrogatepass: an encoding error would carry the value in its text.
        ours, theirs = (s.__value.encode("utf-8", "surrogatepass") for s in (self, other))
        return hmac.compare_digest(ours, theirs)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """For pydantic: text or a Secret comes in; dumps show the mask, errors never the input."""
        from pydantic_core import core_schema as schema

        made = schema.no_info_after_validator_function(cls, schema.str_schema(strict=True))
        known = schema.is_instance_schema(cls)
        quiet = schema.custom_error_schema(
            schema.union_schema([known, made]), "secret", custom_error_message="it must be text"
        )
        mask = schema.plain_serializer_function_ser_schema(str)
        return schema.union_schema([quiet], serialization=mask)
