"""Training: the propagation kernel, optimisers, checkpoints and a loop that knows no model."""

from typing import TYPE_CHECKING

from reelgraph._util.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from reelgraph.train.loop import LoopSettings, TrainingTask, run
    from reelgraph.train.sparse_operator import SparseOperator
else:  # checkpoints and random streams need no torch
    __getattr__, __dir__ = lazy_exports(__name__)

__all__ = ["LoopSettings", "SparseOperator", "TrainingTask", "run"]
