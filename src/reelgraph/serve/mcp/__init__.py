"""The Model Context Protocol: search, lists and reasons as tools of assistants, over stdio or as a route."""

from reelgraph.core.errors import CapabilityError


def require() -> None:
    """Check that the packages of the extra ``mcp`` are installed.

    Raises:
        CapabilityError: one of them is not.
    """
    try:
        import mcp.server.lowlevel  # noqa: F401

        import reelgraph.serve.mcp.stdio  # noqa: F401 - and what it imports
    except ImportError as error:
        raise CapabilityError.missing("answering assistants", str(error.name), "mcp") from None
