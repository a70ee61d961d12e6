"""Pure rules over a snapshot and a policy, one file per header family; see :mod:`.catalogue`."""
