"""The embedded store: one SQLite file of AES-256-GCM records under a wrapped data key.

::

    header    format, store id, key slot (how the key is derived, wrapped data key), sealed state
    record    name, version, created, state, metadata, nonce, ciphertext

- A record's associated data are its store, data key, name, version and time: it cannot be moved,
  renamed or replayed as another.
- The sealed state (encrypted, in the header) holds the generation, how many records there are
  and a keyed sum over all of them: none can be dropped, added, or put back to an older one.
- A whole old file put in the place of a newer one shows against the anchor: the last generation,
  kept in another folder.
- Names, times and metadata are authenticated, and not secret.
"""
