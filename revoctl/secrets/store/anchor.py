"""The last generation of a store, kept in another folder, so that an old file is noticed."""

from __future__ import annotations

import hmac
import json
import os
from pathlib import Path

from revoctl.files import replace
from revoctl.secrets.errors import Tampered
from revoctl.secrets.store.envelope import Keys, bound
from revoctl.secrets.store.ledger import State


def default_folder() -> Path:
    """``$XDG_STATE_HOME/revoctl/stores``, by default below ``~/.local/state``."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "revoctl" / "stores"


class Anchor:
    """One small file per store. None of its faults is believed; a missing one is started anew."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def check(self, store: str, known: tuple[int, str] | None, state: State) -> bool:
        """Whether there is an anchor (as :meth:`read` gave it), after the state was held to it.

        Raises ``Tampered`` ``store.rolled-back`` if the store was at a later generation before,
        or at this one with other content.
        """
        if known is None:
            return False
        generation, total = known
        other = generation == state.generation and total != f"{state.total:x}"
        if generation > state.generation or other:
            why = f"it is at change {state.generation}, and was at {generation} before"
            fix = "look for the newer file; to accept this one, remove its anchor: {}"
            where = fix.format(self._path(store))
            raise Tampered(
                "store.rolled-back", "the store was put back to an older state", why, where
            )
        return True

    def keep(self, store: str, keys: Keys, state: State) -> None:
        """Remember a state that was committed. Raises ``file.unwritable``."""
        if self._folder is None:
            return
        known = self.read(store, keys)
        total = f"{state.total:x}"
        if known and (known[0] > state.generation or known == (state.generation, total)):
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mac = self._mac(store, keys, state.generation, total)
        text = json.dumps({"generation": state.generation, "total": total, "mac": mac})
        replace(self._path(store), text.encode(), mode=0o600, what="the store's anchor")

    def read(self, store: str, keys: Keys) -> tuple[int, str] | None:
        """Generation and sum as they were kept; None if there is nothing to be believed."""
        if self._folder is None:
            return None
        try:
            found = json.loads(self._path(store).read_bytes())
            generation, total = int(found["generation"]), str(found["total"])
            mac = self._mac(store, keys, generation, total)
            return (generation, total) if hmac.compare_digest(mac, str(found["mac"])) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _path(self, store: str) -> Path:
        return (self._folder or Path()) / f"{store}.json"

    @staticmethod
    def _mac(store: str, keys: Keys, generation: int, total: str) -> str:
        # The anchor's key follows from the data key: a re-encryption starts a new anchor.
        return hmac.digest(keys.anchor, bound("anchor", store, generation, total), "sha256").hex()
