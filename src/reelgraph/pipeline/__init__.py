"""All steps in one call each: reading, cleaning, splitting, fitting, evaluation and bundling."""

from reelgraph.pipeline.fit_inputs import fit_context, genres_of
from reelgraph.pipeline.measurement import EvaluatedModel, compare, plausibility_warnings, report_warnings, run_protocol
from reelgraph.pipeline.model_settings import make_model
from reelgraph.pipeline.preparation import load, prepare
from reelgraph.pipeline.training import Trained, default_split, train

__all__ = [
    "EvaluatedModel",
    "Trained",
    "compare",
    "default_split",
    "fit_context",
    "genres_of",
    "load",
    "make_model",
    "plausibility_warnings",
    "prepare",
    "report_warnings",
    "run_protocol",
    "train",
]
