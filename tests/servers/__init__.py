"""Loopback servers for tests: real sockets that answer what a test says."""
