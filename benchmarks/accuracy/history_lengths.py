"""People by how much they had rated before the test: the groups that several measurements show."""

from __future__ import annotations

import numpy as np

from reelgraph.core import EvalPart
from reelgraph.evaluation.groups import Grouping

_SHORT, _LONG = 50, 150  # ratings: the ends of the first two groups


def by_length(part: EvalPart) -> Grouping:
    """The people of a part in three groups, by the number of ratings in their histories."""
    names = (f"up to {_SHORT}", f"{_SHORT + 1} to {_LONG}", f"above {_LONG}")
    n_ratings = np.diff(part.history.indptr)
    return Grouping("ratings", names, np.searchsorted((_SHORT, _LONG), n_ratings, side="left").astype(np.int64))
