"""revoctl: audit, operate and score the production readiness of a service, with evidence."""

__version__ = "0.1.0"
