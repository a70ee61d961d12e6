"""Many targets: a list streamed, scanned with bounds, and journalled as the verdicts come.

``targets`` reads the list, ``shard`` takes a part of it, ``queue`` decides who is next, ``runner``
drives the event loop, ``examine`` turns one target into one report, ``journal`` appends it, and
``workers`` spreads a scan over processes. Memory does not grow with the number of targets, but for
eight to sixteen bytes each that keep a duplicate from being scanned twice.
"""
