"""What goes wrong with a peer."""

from __future__ import annotations

from reelgraph.core.errors import ReelgraphError


class PeerError(ReelgraphError):
    """A peer cannot be installed or gave no predictions; it is left out and the others go on."""
