"""Choosing settings on validation: any model, any protocol's metric, and never a test edge."""

from reelgraph.tuning.result import TrialRecord, TuningResult
from reelgraph.tuning.search import tune
from reelgraph.tuning.spaces import SPACES, Choice, Range, Space, default_space, read_space, space_of
from reelgraph.tuning.task import Task

__all__ = [
    "SPACES",
    "Choice",
    "Range",
    "Space",
    "Task",
    "TrialRecord",
    "TuningResult",
    "default_space",
    "read_space",
    "space_of",
    "tune",
]
