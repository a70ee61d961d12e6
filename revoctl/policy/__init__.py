"""Policies that the scanner audits and a service enforces: plain frozen dataclasses, no I/O."""
