"""Training: the propagation kernel, optimisers, checkpoints and a loop that knows no model."""

from reelgraph.train.loop import LoopSettings, TrainingTask, run
from reelgraph.train.sparse_operator import SparseOperator

__all__ = ["LoopSettings", "SparseOperator", "TrainingTask", "run"]
