"""A model under test and its fits, each made once."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any, NamedTuple

from reelgraph.core import EvalPart, FitContext, FitResult, Interactions, Scorer
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError
from reelgraph.testing.requirements import ContractError
from reelgraph.testing.sample_data import HeldOut, groups_of_viewers, noise, parity_tastes, planted_tastes


class FittedModel(NamedTuple):
    """A scorer and the data that it was fitted on."""

    scorer: Scorer
    train: Interactions
    part: EvalPart


class ModelFits:
    """A model and its fits on small data sets, which the checks share.

    Args:
        model: an instance, with settings under which it learns from a hundred ratings within seconds.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    @property
    def name(self) -> str:
        """Of the model, for messages."""
        return str(getattr(self.model, "name", type(self.model).__name__))

    @cached_property
    def on_parity_tastes(self) -> FittedModel:
        """Fitted on people who like every second item."""
        return self._fitted(parity_tastes())

    @cached_property
    def on_planted_tastes(self) -> FittedModel:
        """Fitted on tastes in two dimensions."""
        return self._fitted(planted_tastes())

    @cached_property
    def on_noise(self) -> FittedModel:
        """Fitted on noise, with the validation part in the context."""
        data = noise()
        return self._fitted(data, FitContext(valid=data.part))

    @cached_property
    def on_views(self) -> FittedModel | None:
        """Fitted on views without stars; None for a model that says that it needs stars."""
        try:
            return self._fitted(groups_of_viewers())
        except CapabilityError:
            return None

    def fit(self, train: Interactions, context: FitContext | None = None) -> Scorer:
        """The scorer of a fit.

        Raises:
            ContractError: the fit fails, or gives something else than a `FitResult` with a scorer.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = self.model.fit(train, context or FitContext())
        except CapabilityError:
            raise
        except Exception as error:
            training_data = (
                f"{counted(len(train), 'rating')} of {counted(train.n_users, 'person')} "
                f"and {counted(train.n_items, 'item')}"
            )
            hint = (
                "; the arrays of the training data are read-only: copy them first" if "read-only" in str(error) else ""
            )
            raise ContractError(
                f"{self.name}: fit on {training_data} raised {type(error).__name__}: {error}{hint}"
            ) from error
        if not isinstance(result, FitResult):
            raise ContractError(f"{self.name}: fit returned {type(result).__name__}, expected a FitResult")
        scorer = result.scorer
        missing = [name for name in ("kind", "n_items", "score", "arrays", "settings") if not hasattr(scorer, name)]
        if missing:
            raise ContractError(f"{self.name}: the scorer {type(scorer).__name__} lacks {', '.join(missing)}")
        return scorer

    def _fitted(self, data: HeldOut, context: FitContext | None = None) -> FittedModel:
        return FittedModel(self.fit(data.train, context), data.train, data.part)
