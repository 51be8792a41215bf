"""What the library logs, on the terminal."""

from __future__ import annotations

import logging

from rich.logging import RichHandler

from reelgraph.cli.output import err

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def set_up(verbosity: int) -> None:
    """Show log records of `reelgraph` on stderr, above the progress bars.

    Args:
        verbosity: 0 shows warnings, 1 also the steps of the work, 2 or more also each epoch.
    """
    logger = logging.getLogger("reelgraph")
    logger.handlers = [RichHandler(console=err, show_time=verbosity > 0, show_path=False)]
    logger.setLevel(_LEVELS[min(verbosity, len(_LEVELS) - 1)])
