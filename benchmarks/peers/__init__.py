"""Other libraries on the same splits: each in its own virtual environment, measured by our own metrics.

Nothing is imported here, for the peers' interpreters import `handover` from this package and have no reelgraph.
"""
