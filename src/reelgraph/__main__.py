"""``python -m reelgraph`` is the command ``reelgraph``."""

import sys

from reelgraph.cli import main

if __name__ == "__main__":
    sys.exit(main())
