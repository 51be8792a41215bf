"""Pictures of data, training and results: each function returns a matplotlib figure and neither shows nor saves it.

In a notebook a figure as the last line of a cell is shown (after ``%matplotlib inline``); elsewhere
``figure.savefig("picture.png")`` writes it. Colours are those of Okabe and Ito, which people with any kind of colour
vision can tell apart. All functions raise `CapabilityError` where matplotlib (or, for `embedding_map`, scikit-learn) is
not installed.
"""

from reelgraph.plots.calibration import pit_histogram, reliability
from reelgraph.plots.data import degree_distributions, rating_histogram
from reelgraph.plots.embedding import Layout, embedding_map
from reelgraph.plots.interview import interview_curves
from reelgraph.plots.metrics import metric_intervals
from reelgraph.plots.person import explanation_bars, rating_distribution
from reelgraph.plots.price import price_curve
from reelgraph.plots.theme import ThemeName
from reelgraph.plots.training import training_curves
from reelgraph.plots.tuning import tuning_history

__all__ = [
    "Layout",
    "ThemeName",
    "degree_distributions",
    "embedding_map",
    "explanation_bars",
    "interview_curves",
    "metric_intervals",
    "pit_histogram",
    "price_curve",
    "rating_distribution",
    "rating_histogram",
    "reliability",
    "training_curves",
    "tuning_history",
]
