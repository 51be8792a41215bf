"""LightGCN and its family, trained to rank."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import ClassVar

from reelgraph.core import FitContext, FitResult, Interactions, Scorer
from reelgraph.core.argument_checks import require_fit_arguments
from reelgraph.models import neural_fit
from reelgraph.models.lightgcn.settings import LightGCNSettings
from reelgraph.models.lightgcn.settings_search import search_settings
from reelgraph.models.lightgcn.time_cuts import TimeCuts
from reelgraph.models.lightgcn.training_task import LightGCNTask
from reelgraph.scorers import EmbeddingScorer


@dataclass(frozen=True)
class LightGCN(LightGCNSettings):
    r"""Embeddings, K light graph convolutions, and a loss that ranks.

    .. math:: Z = \sum_{k=0}^K w_k E^{(k)}, \quad E^{(k+1)} = D_U^{-a} A D_I^{-b} \text{ applied to } E^{(k)}, \quad
        s_{ui} = b_i + \cos(z_u, z_i) / \tau

    A person is represented by their movies: by default users have no embedding of their own in layer 0, so training
    uses the same fold-in that serves new people, and part of the edges is hidden in each step (else every movie would
    be explained by itself). With ``user_embeddings`` it is LightGCN as published, and a new person's is predicted.

    Args:
        dim: length of the embeddings.
        layers: K.
        layer_weights: w, ``layers + 1`` numbers, or ``mean``.
        loss: ``softmax`` over all movies; ``unrated-softmax``, each rated movie against those not rated;
            ``sampled-softmax``, the same with a sample of movies in catalogues of any size; ``bpr``; ``directau``
            (alignment and uniformity); ``xsimgcl`` (BPR and contrast of two noisy views).
        temperature: :math:`\tau` of the cosines, for all losses but ``bpr`` and ``xsimgcl``, which use plain products.
        exact_items: largest catalogue of which ``softmax`` and ``unrated-softmax`` score every movie in each step. In
            larger ones a step scores the movies of its people, each for itself, and a sample that stands for all
            others, as ``sampled-softmax`` always does.
        negatives: movies in that sample, drawn evenly and once for all people of a step.
        person_power: a person with n ratings counts ``n ** (1 - person_power)``, for the first three losses.
        user_power: exponent of the users' degrees in the normalisation.
        item_power: exponent of the items' degrees.
        user_embeddings: people have embeddings of their own in layer 0.
        own_targets: movies have two embeddings in layer 0: one for movies that a person has rated, one for movies
            that are recommended.
        rating_power: an edge counts ``(stars / four fifths of the highest) ** rating_power``; 0 counts all alike, as is
            always done where the data have no stars.
        item_bias: movies have a bias.
        popularity: weight of ``log(1 + ratings of the movie)``, added to its score after training: a softmax over all
            movies, rated ones included, ranks popular movies too low.
        features: genres and decades join the movies' layer 0, where the data set has them.
        targets: what a step predicts: all ``rated`` movies of a person from a random part of them, see
            ``edge_dropout``, or what they rated ``later``, after a break of six minutes or more, from what they had
            rated before. The latter is for lists of what comes next in time; it needs times with breaks, and without
            them all rated movies are predicted, which the fit says.
        edge_dropout: share of the edges hidden from each step's graph, for ``rated`` targets.
        uniformity: weight of it, for ``directau``.
        noise: length of the noise of ``xsimgcl``.
        contrast: weight of the contrast of ``xsimgcl``; its temperature is ``temperature``.
        l2: penalty on the layer-0 embeddings of a batch, an edge.
        epochs: at most.
        batch_size: people in a step of the first three losses, edges in a step of the others; 0 takes a sixth of them,
            up to 1,024 people or 8,192 edges; where movies are sampled a 25th, up to 256 people. Where a step convolves
            the whole graph, an epoch has at most 50 or 100 steps, each the mean of as many such batches on one
            convolution.
        learning_rate: of the optimiser.
        optimiser: ``adam`` and others, see `train.optimiser`.
        schedule: of the learning rate.
        weight_decay: of the optimiser.
        patience: epochs without a better NDCG@10 before stopping; 0 never stops early. It is that of the first 1,000
            people of the validation part.
        choose: choose ``targets``, ``edge_dropout``, ``temperature`` and ``dim`` (64 or 256) on the validation part,
            where there is one, by short fits; see `search_settings
            <reelgraph.models.lightgcn.settings_search.search_settings>`. Values that are not the defaults are kept.

    Source: He et al. 2020 (LightGCN); Lee et al. 2024 (LightGCN++) for the exponents; the losses' own sources are in
    `reelgraph.models.lightgcn.losses`. Departures: users without embeddings of their own, a second embedding of movies
    as recommended (as in FISM, Kabbur et al. 2013), hidden edges, cosines with a temperature and an item bias.

    Cost: a step is O(layers * edges * dim), of the batch's edges alone where movies in one convolution make the people,
    and O(people * scored movies * dim) for the first three losses; memory O((users + items) * dim * layers + edges).
    """

    name: ClassVar[str] = "lightgcn"

    def fit(self, train: Interactions, context: FitContext | None = None) -> FitResult:
        """Train on ``train``; the result is the best epoch, or the last one without a validation part.

        Raises:
            TrainingError: no ratings, or the loss became infinite.
            LeakError: the graph holds an edge of the validation part.
            CapabilityError: no such device.
        """
        require_fit_arguments(self.name, train, context)
        started, model, note = time.perf_counter(), self, ""
        if self.choose and context is not None and context.valid is not None and len(train):
            neural_fit.graph_of(train, context)  # refuses edges of the validation part
            search_result = search_settings(self, _fit_trial, train, context)
            if search_result is not None:
                model, note = dataclasses.replace(self, choose=False, **search_result.settings), f"; {search_result}"
        if model.targets == "later" and TimeCuts.of_train(train) is None:
            note += "; the times show no breaks, so the targets are all rated movies"
        fit = neural_fit.fit(model, LightGCNTask, train, context)
        seconds, scorer = time.perf_counter() - started, fit.scorer
        assert isinstance(scorer, EmbeddingScorer)
        return dataclasses.replace(
            fit, scorer=scorer.rounded(), stopped_because=fit.stopped_because + note, seconds=seconds
        )


def _fit_trial(model: LightGCN, train: Interactions, context: FitContext) -> Scorer:
    return neural_fit.fit(model, LightGCNTask, train, context).scorer
