"""The shell: thin verbs over the library."""

from reelgraph.cli.app import main

__all__ = ["main"]
