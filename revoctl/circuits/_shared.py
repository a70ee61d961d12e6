"""The registry of this process, and the way to its circuits."""

from __future__ import annotations

from revoctl.circuits._registry import Registry

registry = Registry()
circuit = registry.circuit
