"""What a model learns: something, and nothing that it must not see."""

from __future__ import annotations

import numpy as np

from reelgraph.core import EvalPart, FloatArray, PredictsRating
from reelgraph.evaluation.metrics.rating import predict_targets
from reelgraph.testing.model_fits import ModelFits
from reelgraph.testing.requirements import NotApplicable, require

_CHANCE = 0.5
_NOISE_LIMIT = 0.1  # of an AUC and a correlation on noise: 6 and 2.5 standard errors; choosing settings takes 2
_AUC_FLOOR = 0.7


def check_nothing_leaks(fits: ModelFits) -> None:
    """On noise nothing can be predicted; a model that does has learnt from the validation part."""
    scorer, _, part = fits.on_noise
    auc = _auc(scorer.score(part.history), part)
    require(
        auc < _CHANCE + _NOISE_LIMIT,
        fits.name,
        f"movies held back at random rank above others with probability {auc:.2f}: the model learns from context.valid",
    )
    if isinstance(scorer, PredictsRating):
        stars = predict_targets(scorer, part)
        spread = float(np.std(stars))
        correlation = float(np.corrcoef(stars, part.target.data)[0, 1]) if spread > 0 else 0.0
        require(
            correlation < 2 * _NOISE_LIMIT,
            fits.name,
            f"random stars held back are predicted with correlation {correlation:.2f}: it learns from context.valid",
        )


def check_stars_are_learnt(fits: ModelFits) -> None:
    """Stars of planted tastes are predicted no worse than by their mean, and not better than their noise allows."""
    scorer, train, part = fits.on_planted_tastes
    if not isinstance(scorer, PredictsRating):
        raise NotApplicable("predicts no stars")
    error = float(np.mean((predict_targets(scorer, part) - part.target.data) ** 2))
    floor = float(np.mean((part.target.data - train.rating.mean()) ** 2))
    require(
        error <= floor + 1e-6, fits.name, f"MSE {error:.3f} on planted tastes; the mean of all stars has {floor:.3f}"
    )
    require(error > 0.25, fits.name, f"MSE {error:.3f} on planted tastes is below that of their noise: a leak")


def check_views_are_learnt(fits: ModelFits) -> None:
    """A model that ranks people differently puts movies of a person's own group of viewers first."""
    fitted = None if _predicts_stars(fits) else fits.on_views
    if fitted is None:
        raise NotApplicable("learns stars")
    scores = fitted.scorer.score(fitted.part.history)
    if float(np.ptp(scores, axis=0).max()) == 0:
        raise NotApplicable("ranks the movies for everyone alike")
    auc = _auc(scores, fitted.part)
    require(
        auc > _AUC_FLOOR,
        fits.name,
        f"movies of a person's own group rank above others with probability {auc:.2f}, expected more than {_AUC_FLOOR}",
    )


def _predicts_stars(fits: ModelFits) -> bool:
    return isinstance(fits.on_parity_tastes.scorer, PredictsRating)


def _auc(scores: FloatArray, part: EvalPart) -> float:
    """Mean probability that a target movie is above another one that the person has not seen; ties count half."""
    values = []
    for row in range(len(part)):
        targets = part.target.indices[part.target.indptr[row] : part.target.indptr[row + 1]]
        seen = part.seen.indices[part.seen.indptr[row] : part.seen.indptr[row + 1]]
        others = np.setdiff1d(np.arange(scores.shape[1]), np.concatenate([targets, seen]))
        difference = scores[row, targets][:, None] - scores[row, others][None, :]
        values.append(np.mean((difference > 0) + 0.5 * (difference == 0)))
    return float(np.mean(values))
