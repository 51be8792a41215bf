"""reelgraph: a movie recommender built on graph neural networks.

The walk: `read`, `clean`, `index`, `split`, a model's ``fit``, `evaluate`, `Bundle`, `Recommender`.
"""

from typing import TYPE_CHECKING, Any

from reelgraph._version import __version__ as __version__
from reelgraph.bundle import Bundle
from reelgraph.core import FitContext
from reelgraph.data import (
    CleanRules,
    ColdItems,
    HeldOutUsers,
    PerUser,
    PredefinedSplit,
    Random,
    Temporal,
    clean,
    describe,
    from_frame,
    get,
    index,
    read,
    split,
)
from reelgraph.evaluation import evaluate, paired
from reelgraph.graph import BipartiteGraph
from reelgraph.importers import import_export
from reelgraph.models import MODELS, model_class
from reelgraph.recommend import Filters, Recommender

if TYPE_CHECKING:
    from reelgraph.models.baselines import Bias, Constant, Popularity
    from reelgraph.models.bayes_gcn.model import BayesGCN
    from reelgraph.models.gcn.model import GCN

__all__ = [
    "GCN",
    "MODELS",
    "BayesGCN",
    "Bias",
    "BipartiteGraph",
    "Bundle",
    "CleanRules",
    "ColdItems",
    "Constant",
    "Filters",
    "FitContext",
    "HeldOutUsers",
    "PerUser",
    "Popularity",
    "PredefinedSplit",
    "Random",
    "Recommender",
    "Temporal",
    "clean",
    "describe",
    "evaluate",
    "from_frame",
    "get",
    "import_export",
    "index",
    "model_class",
    "paired",
    "read",
    "split",
]


def __getattr__(name: str) -> Any:
    """Models are imported when asked for: some need torch, and serving starts without it."""
    from reelgraph import models

    return getattr(models, name)
