"""The story that ``revoctl demo`` tells, on loopback servers of the standard library."""
