"""The secrets of a service by name: layers in order, a cache, access, validation, callbacks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from revoctl.secret import Secret
from revoctl.secrets.access import AccessPolicy, Recorder
from revoctl.secrets.backends.interface import Backend, Stored
from revoctl.secrets.cache import Cache
from revoctl.secrets.errors import Missing, Refused, SecretError, missing
from revoctl.secrets.reference import Reference, place_of

Validator = Callable[[Secret], object]
"""Raises ``Refused`` ``secret.invalid`` for a value that will not do."""
Callback = Callable[[str, Secret], object]


class Layer(NamedTuple):
    """A backend, and where a name lives in it: ``path`` and ``key`` with ``{name}`` or ``{NAME}``.

    ``{NAME}`` is in capitals with ``_`` for all that a variable cannot hold.
    """

    backend: Backend
    path: str = "{name}"
    key: str = ""

    def place(self, name: str) -> Reference:
        """The reference of a name. Raises ``Refused`` ``secret.reference``."""
        return place_of(self.backend.scheme, _filled(self.path, name), _filled(self.key, name))


class Answer(NamedTuple):
    """A value, its version and where it came from."""

    secret: Secret
    version: int
    origin: Reference


class SecretsManager:
    """Reads names from layers, the first that has one wins.

    Only what is *missing* in a layer is looked for in the next: a refusal, an outage or a deleted
    version ends the search, because an older value below would be a wrong one. Threads may share
    it. The access policy is asked for every layer before it is.

    ``validators`` by name are asked before a value is given out. ``record`` hears of every read
    that reaches a backend and of every change, beforehand (``outcome="intent"``) and afterwards; if
    it raises, the operation does not happen.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        actor: str = "service",
        access: AccessPolicy | None = None,
        validators: Mapping[str, Validator] | None = None,
        record: Recorder | None = None,
        cache: Cache[Answer] | None = None,
    ) -> None:
        self._layers = tuple(layers)
        self._actor = actor
        self._access = access
        self._validators = dict(validators or {})
        self._record = record
        self._cache = Cache[Answer]() if cache is None else cache
        self._callbacks: dict[str, list[Callback]] = {}
        self._versions: dict[str, tuple[Reference, int]] = {}
        self._changed: dict[str, Secret] = {}
        self._owners: dict[Reference, str] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Secret:
        """The value. Raises ``Missing``, ``Denied``, ``Unavailable``, ``Refused``, ``Tampered``."""
        return self.answer(name).secret

    def answer(self, name: str) -> Answer:
        """The value with its version and origin; raises as :meth:`get` does."""
        answer = self._cache.get(name, lambda: self._read(name))
        if name in self._changed:
            self._announce(name)
        return answer

    def find(self, name: str, default: str | None = None) -> Secret | None:
        """The value, or the default where it is missing; every other error is raised."""
        try:
            return self.get(name)
        except Missing as error:
            if error.code != "secret.missing":
                raise
            return None if default is None else Secret(default)

    def put(self, name: str, value: Secret, expect: int | None = None) -> int:
        """Write to the first layer that can; returns the version. Callbacks hear of it.

        Raises, besides what backends raise, ``Refused`` ``secret.read-only`` if no layer can write.
        """
        layer = next((x for x in self._layers if x.backend.abilities.write), None)
        if layer is None:
            why = "no layer can be written to"
            raise Refused("secret.read-only", f"{name} was not written", why)
        at = self._place(layer, name)
        self._allow("write", at)
        self._valid(name, value)
        self._told("write", at, "intent")
        try:
            version = layer.backend.write(at, value, expect)
        except SecretError as error:
            self._told("write", at, "failed", error=error.code)
            raise
        self._told("write", at, "done", version=version)
        self.invalidate(name)
        return version

    def invalidate(self, name: str) -> None:
        """Read the name anew next time; if it changed, callbacks are told then."""
        self._cache.forget(name)

    def refresh(self, name: str) -> Secret:
        """Read the name anew now. A new value that its validator refuses, or a source that fails,
        raises and leaves the last good one in place."""
        answer = self._read(name)
        self._cache.forget(name)
        self._cache.get(name, lambda: answer)
        return self.answer(name).secret

    def on_rotation(self, name: str, call: Callback) -> Callable[[], None]:
        """Call with name and new value whenever another version is seen; returns how to stop.

        What a callback raises goes to whoever read the value, after all callbacks were called.
        """
        calls = self._callbacks.setdefault(name, [])
        calls.append(call)
        return lambda: calls.remove(call) if call in calls else None

    def check(self, *names: str) -> None:
        """Read all names, at a service's start; raises ``Missing`` naming every absent one."""
        absent = []
        for name in names:
            try:
                self.get(name)
            except Missing:
                absent.append(name)
        if absent:
            raise Missing("secret.missing", "the service was not started", ", ".join(absent))

    def close(self) -> None:
        """Forget all values and close the backends."""
        self._cache.clear()
        for layer in self._layers:
            layer.backend.close()

    def _read(self, name: str) -> Answer:
        for layer in self._layers:
            at = self._place(layer, name)
            self._allow("read", at)
            try:
                stored = layer.backend.read(at)
            except SecretError as error:
                if error.code == "secret.missing":
                    continue
                self._told("read", at, "failed", error=error.code)
                raise
            return self._accepted(name, at, stored)
        raise missing(name, "no layer has it")

    def _accepted(self, name: str, at: Reference, stored: Stored) -> Answer:
        self._valid(name, stored.secret)
        self._told("read", at, "done", version=stored.version)
        with self._lock:
            before = self._versions.get(name)
            self._versions[name] = (at, stored.version)
            if before is not None and before != (at, stored.version):
                self._changed[name] = stored.secret
        return Answer(stored.secret, stored.version, at)

    def _announce(self, name: str) -> None:
        # Called outside the cache's flight: a callback may well read the name itself.
        value = self._changed.pop(name, None)
        if value is None:
            return
        failed: Exception | None = None
        for call in tuple(self._callbacks.get(name, ())):
            try:
                call(name, value)
            except Exception as error:  # noqa: BLE001 (raised below, once all were called)
                failed = error
        if failed is not None:
            raise failed

    def _valid(self, name: str, value: Secret) -> None:
        if name in self._validators:
            self._validators[name](value)

    def _place(self, layer: Layer, name: str) -> Reference:
        at = layer.place(name)
        with self._lock:
            owner = self._owners.setdefault(at, name)
        if owner != name:
            why = f"{owner} lives at {at} as well"
            raise Refused("secret.collision", f"{name} was not read", why, "rename one of them")
        return at

    def _allow(self, operation: str, at: Reference) -> None:
        if self._access is not None:
            self._access.check(self._actor, operation, at, self._record)

    def _told(self, operation: str, at: Reference, outcome: str, **facts: object) -> None:
        if self._record is not None:
            self._record(operation, str(at), outcome=outcome, **facts)


def _filled(template: str, name: str) -> str:
    if "{NAME}" in template:
        variable = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).upper()
        template = template.replace("{NAME}", variable)
    return template.replace("{name}", name)
