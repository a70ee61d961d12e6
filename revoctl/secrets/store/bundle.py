"""A store's content in one encrypted file, to be carried to another store."""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from revoctl.files import read, replace
from revoctl.secrets.errors import Conflict, Refused
from revoctl.secrets.store.envelope import KEY_BYTES, Sealed, bound, seal, tampered, unseal
from revoctl.secrets.store.store import Store
from revoctl.secrets.store.unlock import Key, Slot, unwrap, wrap

FORMAT = "revoctl.secrets.bundle/v1"


def export(store: Store, path: Path, key: Key, names: Iterable[str] | None = None) -> int:
    """Write the newest live versions, locked with a key of the bundle's own; returns how many.

    Raises ``Missing`` for a name that is not there, ``file.unwritable``.
    """
    records = []
    for name in store.names() if names is None else names:
        row, value = store.read(name)
        text = base64.b64encode(value).decode()
        records.append({"name": name, "created": row.created, "metadata": json.loads(row.metadata),
                        "value": text})  # fmt: skip
    bundle, data_key = str(uuid.uuid4()), os.urandom(KEY_BYTES)
    slot = wrap(key, data_key, bundle)
    sealed = seal(data_key, json.dumps(records).encode(), bound(FORMAT, bundle, *slot))
    head = {"format": FORMAT, "id": bundle, "derivation": slot.derivation}
    blobs = [*slot[1:], *sealed]
    body = head | {"blobs": [base64.b64encode(blob).decode() for blob in blobs]}
    replace(path, json.dumps(body).encode(), mode=0o600, what="the bundle")
    path.chmod(0o600)
    return len(records)


def load(store: Store, path: Path, key: Key, existing: str = "refuse") -> dict[str, int]:
    """Add a bundle's secrets; returns name → version of all that were written.

    ``existing`` says what happens to a name that the store has: ``refuse`` (nothing at all is
    written), ``skip`` or ``replace`` (a new version). Raises ``Denied``, ``Tampered``,
    ``Conflict``.
    """
    if existing not in ("refuse", "skip", "replace"):
        raise Refused("secret.invalid", "nothing was imported", "existing: refuse, skip or replace")
    records = _records(path, key)
    present = {record["name"] for record in records} & set(store.names())
    if present and existing == "refuse":
        why = f"the store has {', '.join(sorted(present))}"
        fix = "skip or replace what is there"
        raise Conflict("secret.conflict", "nothing was imported", why, fix)
    written = {}
    for record in records:
        if record["name"] not in present or existing == "replace":
            value = base64.b64decode(record["value"])
            name = record["name"]
            written[name] = store.write(name, value, metadata=record["metadata"])
    return written


def _records(path: Path, key: Key) -> list[dict[str, Any]]:
    try:
        body = json.loads(read(path, "the bundle"))
        if body["format"] != FORMAT:
            raise ValueError
        blobs = [base64.b64decode(blob, validate=True) for blob in body["blobs"]]
        commitment, nonce, wrapped, checksum, sealed_nonce, ciphertext = blobs
        slot = Slot(str(body["derivation"]), commitment, nonce, wrapped, checksum)
        bundle = str(body["id"])
    except (ValueError, KeyError, TypeError):
        raise tampered("the bundle") from None
    data_key = unwrap(slot, key, bundle)
    associated = bound(FORMAT, bundle, *slot)
    plain = unseal(data_key, Sealed(sealed_nonce, ciphertext), associated, "the bundle")
    return json.loads(plain)  # type: ignore[no-any-return]
