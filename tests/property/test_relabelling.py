"""Another numbering of the items changes no figure, whatever the model ties."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.core import Catalogue, EvalPart, EvalReport, FitContext, Matrix, Model
from reelgraph.evaluation import OF_GENRES, RANKING, RATING, evaluate
from reelgraph.models.baselines import Bias, Constant, Popularity
from reelgraph.models.content_based import GenrePopularity
from reelgraph.models.graph_filter.model import GraphFilter
from tests.conftest import make_interactions

N_USERS, N_ITEMS, K = 40, 30, 5


def table(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stars of everyone, 0 for none, what of them is held back, and genres."""
    rng = np.random.default_rng(seed)
    popular = rng.permutation(np.linspace(0.05, 0.6, N_ITEMS))  # so that many counts are equal
    stars = np.where(rng.random((N_USERS, N_ITEMS)) < popular, rng.integers(1, 6, (N_USERS, N_ITEMS)), 0)
    stars[:, 3] = 0  # rated by nobody
    return stars, (stars > 0) & (rng.random(stars.shape) < 0.3), rng.random((N_ITEMS, 4)) < 0.4


def report_of(model: Model, order: np.ndarray, seed: int) -> EvalReport:
    """The figures where item ``order[n]`` is in row n."""
    stars, is_target, genres = (
        array[:, order] if axis else array[order] for array, axis in zip(table(seed), (1, 1, 0), strict=True)
    )
    known = np.where(is_target, 0, stars)
    user_row, item_row = np.nonzero(known)
    edges = zip(user_row.tolist(), item_row.tolist(), known[user_row, item_row].tolist(), strict=True)
    train = make_interactions(list(edges), N_USERS, N_ITEMS)
    history, target = Matrix(known.astype(np.float32)), Matrix(np.where(is_target, stars, 0).astype(np.float32))
    candidates = np.flatnonzero(order % 7 != 0) if seed % 2 else None
    part = EvalPart(np.arange(N_USERS), history, target, history, candidates=candidates)
    names = tuple(tuple(f"genre {n}" for n in np.flatnonzero(row)) for row in genres)
    catalogue = dataclasses.replace(Catalogue.from_ids(train.items.ids), genres=names)
    return evaluate(
        model.fit(train, FitContext(catalogue=catalogue)).scorer,
        part,
        K,
        relevant_from=3.0,
        train=train,
        genres=Matrix(genres.astype(np.float32)),
    )


MODELS = (Constant(), Popularity(), Bias(), GraphFilter(spectral_weight=0.0), GenrePopularity(personal=0.0))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_another_numbering_changes_no_figure(model: Model, seed: int) -> None:
    straight = report_of(model, np.arange(N_ITEMS), seed)
    measured = {name.split("@")[0] for name in straight}
    assert measured >= {*RANKING, *OF_GENRES}
    assert measured >= set(RATING) or model.name in {"popularity", "graph-filter", "genre-popularity"}
    for order in (np.arange(N_ITEMS)[::-1], np.random.default_rng(seed).permutation(N_ITEMS)):
        other = report_of(model, order, seed)
        for name in straight:
            assert other[name].mean == pytest.approx(straight[name].mean, rel=1e-6), name
            if name in straight.per_user:
                np.testing.assert_allclose(
                    other.per_user[name], straight.per_user[name], rtol=1e-5, atol=1e-9, err_msg=name
                )
