"""The item that a person rates next."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from reelgraph.core import FitContext, FitResult, IntArray, Interactions, Progress
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, TrainingError
from reelgraph.graph import BipartiteGraph
from reelgraph.models.next_item.moments import Sequences
from reelgraph.models.next_item.part_weights import choose_part_weights
from reelgraph.models.next_item.regression import fit_regression
from reelgraph.models.next_item.settings import NextItemSettings
from reelgraph.scorers import NextItemScorer
from reelgraph.scorers.next_item.closed_form import ClosedForm
from reelgraph.scorers.next_item.factors import FadingFactors


@dataclass(frozen=True)
class NextItem(NextItemSettings):
    r"""Ranks by what people rated next who had just rated the same.

    At each rating t of a person, :math:`x_t` holds fading histories beside each other, :math:`\delta_k^a` at the movie
    rated a ratings before the last one, and a 1; :math:`y_t` is the next movie, one-hot. Two parts predict it.

    The *closed form* is one regression over all ratings of all people,

    .. math::
        A = \sum_t x_t x_t', \quad T = \sum_t x_t y_t', \quad
        B = \left(A + \lambda I + \tfrac{p}{1 - p} diag \, A\right)^{-1} T D^{-\eta}

    with D the numbers of ratings of the movies over their mean. It gives chances, q = x B. A and T are had without the
    histories, see `Moments <reelgraph.models.next_item.moments.Moments>`.

    The *vectors* are a network of one layer, trained by a softmax over the movies not yet rated, see `FactorTraining
    <reelgraph.models.next_item.factor_training.FactorTraining>`. It gives logits, :math:`z_j = c_j + w_j \cdot \sum_k
    \sum_i \delta_k^{a_i} v_{ki}`.

    Scores are :math:`\omega_q f(q) + \omega_z z`, f nearly the logarithm, see `NextItemScorer
    <reelgraph.scorers.NextItemScorer>`. Both q and z are sums over the person's ratings: a new person is folded in
    exactly, and reasons add up. The two weights are chosen on the validation part, where there is one.

    Stars do not count, only what was rated and when; ratings of the same second are in the order of the data.

    Args:
        decays: :math:`\delta_k` of the closed form, from one rating to the next.
        ridge: :math:`\lambda`, in ratings.
        dropout: p.
        popularity_power: :math:`\eta`, above 0 for less of the popular.
        closed_form: :math:`\omega_q`; a part of weight 0 is not fitted.
        factors: :math:`\omega_z`, likewise.
        choose: choose the two weights on the validation part, when there is one and neither is 0.
        factor_decays: :math:`\delta_k` of the vectors.
        dim: length of a vector.
        epochs: passes over all ratings that train the vectors.
        most_ratings: ratings that are passed over in all, at most, so that the time does not grow with large data.
        batch_ratings: ratings of a batch.
        learning_rate: of Adam, at the start.
        negatives: movies drawn for the softmax of a batch.
        history_dropout: share of the ratings that a batch does without in its histories.
        factor_dropout: share of the entries of the sums of vectors that it does without.
        head_items: the most rated movies, which have whole matrices in the closed form; 0 for as many as
            ``memory_gib`` has room for. The others have single transitions.
        tail_weights: weights that are kept of each movie outside the head.
        memory_gib: for the matrices, GiB.

    Source: Choi et al. 2021 (SLIST) and Park et al. 2025 (TALE) for regressions of later on earlier items; Kang and
    McAuley 2018 (SASRec) for the task of the vectors. Departures: several fading histories beside each other in one
    regression, sums over all ratings by recursions, and fixed fading in place of attention, so that scores are sums.

    Cost: O(sum of n_u^2 + (h n_head)^3) and 4 (h^2 + 2 h) n_head^2 bytes for the closed form; O(ratings dim negatives)
    an epoch for the vectors.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 20, 10], "rating": [5, 3, 4, 2, 5],
        ...          "timestamp": [1, 2, 3, 4, 5]}
        >>> train = rg.index(rg.from_frame(table).ratings)
        >>> scorer = rg.NextItem(ridge=1.0).fit(train).scorer
        >>> int(scorer.score(train.matrix()[[2]]).argmax())
        1
    """

    name: ClassVar[str] = "next"

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """The two parts, and their weights.

        Raises:
            TrainingError: no ratings, no positive definite matrix, or a loss that is not finite.
            CapabilityError: the ratings have no times.
            LeakError: ``train`` holds an edge of the validation part.
        """
        require_fit_arguments(self.name, train, context)
        started, context = time.perf_counter(), context or FitContext()
        if len(train) == 0:
            raise TrainingError("there are no ratings to train on")
        if train.timestamp is None:
            raise CapabilityError(
                "the ratings have no times, and next learns from their order",
                "give a column timestamp, or take a model that needs none, such as graph-filter",
            )
        if context.valid is not None:
            BipartiteGraph.build(train).require_without(context.valid.target, context.valid.users)
        sequences, counts = Sequences.of(train), np.bincount(train.item_row, minlength=train.n_items)
        order_note = _order_note(train, sequences)
        scorer = self._scorer(
            self._fit_closed_form(sequences, counts, context), self._fit_factors(sequences, train.n_items, context)
        )
        n_head = len(scorer.head)
        modelled = "all" if n_head == train.n_items else f"the {n_head:,} most rated"
        stopped_because = (
            f"closed form of {modelled} of {counted(train.n_items, 'movie')}" if self.closed_form else "vectors alone"
        )
        valid = context.valid
        if self.choose and valid is not None and valid.target.nnz and self.closed_form and self.factors:
            scorer, chosen = choose_part_weights(scorer, valid, context.seed)
            stopped_because += f"; {chosen}"
        return FitResult(scorer, stopped_because=stopped_because + order_note, seconds=time.perf_counter() - started)

    def _fit_closed_form(self, sequences: Sequences, counts: IntArray, context: FitContext) -> ClosedForm:
        if not self.closed_form:
            return ClosedForm.empty(len(counts))
        if context.progress is not None:
            context.progress(Progress("fit", 0, 1, "matrices"))
        part = fit_regression(self, sequences, counts)
        if context.progress is not None:
            context.progress(Progress("fit", 1, 1, "matrices"))
        return part

    def _fit_factors(self, sequences: Sequences, n_items: int, context: FitContext) -> FadingFactors:
        if not self.factors:
            return FadingFactors.empty(n_items)

        def report(epoch: int, loss: float) -> None:
            if context.progress is not None:
                context.progress(Progress("fit", epoch, self.epochs, "epochs", {"loss": loss}))

        rng = np.random.default_rng(np.random.SeedSequence([context.seed, n_items]))
        return self.factor_training.fit(sequences, n_items, rng, report)

    def _scorer(self, regression: ClosedForm, factors: FadingFactors) -> NextItemScorer:
        return NextItemScorer(
            decays=regression.decays,
            weights=regression.weights,
            base=regression.base,
            head=regression.head,
            tail_starts=regression.tail_starts,
            tail_items=regression.tail_items,
            tail_weights=regression.tail_weights,
            factor_decays=factors.decays,
            rated=factors.rated,
            next_items=factors.next_items,
            factor_base=factors.base,
            unit=regression.unit,
            closed_form=self.closed_form,
            factors=self.factors,
        )


def _order_note(train: Interactions, sequences: Sequences) -> str:
    """What is to be said where the times tell no order."""
    assert train.timestamp is not None
    if not sequences.has_pairs:
        return "; nobody has two ratings with times, so the most rated movies come first"
    first = np.full(train.n_users, np.iinfo(np.int64).max)
    np.minimum.at(first, train.user_row, train.timestamp)
    if (train.timestamp == first[train.user_row]).all():
        return "; nobody's ratings have different times, so their order is that of the data"
    return ""
