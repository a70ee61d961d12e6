"""Who answers when the first does not: a chain of links that says which one did, and how often."""

from __future__ import annotations

from revoctl.circuits import _kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Answer:
    """A value, the name of the link that gave it, and what the links before it raised."""

    __slots__ = ("errors", "link", "value")

    def __init__(self, value: Any, link: str, errors: dict[str, str]) -> None:
        self.value = value
        self.link = link
        self.errors = errors

    def __repr__(self) -> str:
        return f"<Answer of {self.link} after {self.errors or 'no error'}>"


class Fallback:
    """Asks its links in order until one answers.

    ``links`` maps names to functions (or coroutine functions, for :meth:`aanswer` and
    :meth:`acall`) that all take the same arguments, the preferred first, best one that cannot fail
    last. ``on`` says for which errors the next is asked; any other, and everything that is not an
    :class:`Exception`, goes to the caller at once. If all fail, the last one's error does, as it
    is, with a note of the others. Raises ValueError without links and TypeError for a stream.
    """

    def __init__(
        self,
        links: Mapping[str, Callable[..., Any]],
        on: type[Exception] | tuple[type[Exception], ...] = Exception,
        name: str = "fallback",
    ) -> None:
        if not links:
            raise ValueError("a fallback needs at least one link")
        for label, link in links.items():
            if _kinds.kind_of(link) in (_kinds.GENERATOR, _kinds.ASYNC_GENERATOR):
                raise TypeError(
                    f"{label} is a stream: items of it may have been used before it fails"
                )
        self.links = dict(links)
        self.on = on
        self.name = name
        self.answers = dict.fromkeys(links, 0)
        self.failures = dict.fromkeys(links, 0)
        self.unanswered = 0

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The value of the first link that answers."""
        return self.answer(*args, **kwargs).value

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        """The same for coroutine functions; plain functions may stand among them."""
        return (await self.aanswer(*args, **kwargs)).value

    def answer(self, *args: Any, **kwargs: Any) -> Answer:
        """The first answer, with the name of its link."""
        errors: dict[str, str] = {}
        for label, link in self.links.items():
            try:
                value = link(*args, **kwargs)
            except self.on as error:
                self._failed(label, error, errors)
            else:
                return self._answered(value, label, errors)
        raise AssertionError("the last link either answered or raised")

    async def aanswer(self, *args: Any, **kwargs: Any) -> Answer:
        """The same for coroutine functions."""
        errors: dict[str, str] = {}
        for label, link in self.links.items():
            try:
                value = link(*args, **kwargs)
                if hasattr(type(value), "__await__"):
                    value = await value
            except self.on as error:
                self._failed(label, error, errors)
            else:
                return self._answered(value, label, errors)
        raise AssertionError("the last link either answered or raised")

    def shares(self) -> dict[str, float]:
        """Each link's share of all answers so far; zeros before the first."""
        total = sum(self.answers.values())
        return {label: count / total if total else 0.0 for label, count in self.answers.items()}

    def availability(self) -> float | None:
        """The share of calls that any link answered; None before the first."""
        answered = sum(self.answers.values())
        total = answered + self.unanswered
        return answered / total if total else None

    def _answered(self, value: Any, label: str, errors: dict[str, str]) -> Answer:
        self.answers[label] += 1
        return Answer(value, label, errors)

    def _failed(self, label: str, error: Exception, errors: dict[str, str]) -> None:
        self.failures[label] += 1
        errors[label] = type(error).__name__
        if len(errors) < len(self.links):
            return
        self.unanswered += 1
        if len(errors) > 1:
            told = ", ".join(f"{name} raised {what}" for name, what in errors.items())
            error.add_note(f"no link of {self.name} answered: {told}")
        raise error
