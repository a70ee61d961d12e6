"""Who is next: in the list's order, but for hosts that already have as many visitors as allowed."""

from __future__ import annotations

from collections import deque

from revoctl.headers.fleet.targets import Aim, BadLine, Entry, Share

LOOK_AHEAD = 20
"""Targets that may wait for their busy hosts, as a multiple of the concurrency; at least 1000."""


class Queue:
    """Hands out entries so that of one host never more than ``per_host`` are under way.

    Targets whose host is busy step aside, a bounded number of them, and come first when it is free.
    """

    LATER = Share.LATER

    def __init__(self, share: Share, per_host: int, concurrency: int) -> None:
        self._share = share
        self._per_host = per_host
        self._most = max(1000, LOOK_AHEAD * concurrency)
        self._under_way: dict[str, int] = {}
        self._aside: dict[str, deque[Aim]] = {}
        self._waiting = 0
        self._free: deque[str] = deque()
        self._ended = False

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to hand out."""
        return self._ended and not self._waiting

    def take(self) -> Entry | str | None:
        """The next entry; LATER to be asked again soon; None until a host becomes free."""
        if self._free:
            return self._resume(self._free.popleft())
        while not self._ended and self._waiting < self._most:
            entry = self._share.due()
            if entry is None:
                self._ended = True
            elif not isinstance(entry, Aim):
                return entry
            elif self._under_way.get(entry.host, 0) < self._per_host:
                return self._start(entry)
            else:
                self._aside.setdefault(entry.host, deque()).append(entry)
                self._waiting += 1
        return None

    def done(self, entry: Entry) -> None:
        """An entry that was handed out has its record."""
        if isinstance(entry, BadLine):
            return
        left = self._under_way[entry.host] - 1
        if left:
            self._under_way[entry.host] = left
        else:
            del self._under_way[entry.host]
        if entry.host in self._aside:
            # The place is kept for who waits, so that later entries of the host do not overtake.
            self._under_way[entry.host] = left + 1
            self._free.append(entry.host)

    def _start(self, aim: Aim) -> Aim:
        self._under_way[aim.host] = self._under_way.get(aim.host, 0) + 1
        return aim

    def _resume(self, host: str) -> Aim | str:
        line = self._aside.get(host)
        if not line:  # another place of that host took the last one
            self._release(host)
            return self.LATER
        aim = line.popleft()
        self._waiting -= 1
        if not line:
            del self._aside[host]
        return aim

    def _release(self, host: str) -> None:
        left = self._under_way[host] - 1
        if left:
            self._under_way[host] = left
        else:
            del self._under_way[host]
