"""``python -m reelgraph`` is the command ``reelgraph``."""

import sys

from reelgraph.cli import main

sys.exit(main())
