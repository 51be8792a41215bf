"""Record fits and figures in MLflow or TensorBoard: a tracker is a progress callback that also takes reports."""

from reelgraph.tracking.mlflow import mlflow_tracker
from reelgraph.tracking.tensorboard import tensorboard_tracker
from reelgraph.tracking.tracker import Recorder, Tracker

__all__ = ["Recorder", "Tracker", "mlflow_tracker", "tensorboard_tracker"]
