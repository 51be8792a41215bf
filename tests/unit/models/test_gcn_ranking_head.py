"""The output layer of `gcn` that ranks: its sums by brute force, its scores as sums, and that it ranks groups apart."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import linalg

from reelgraph.core import FitContext, Matrix
from reelgraph.models.gcn.model import GCN
from reelgraph.models.gcn.ranking_head import RankingHead, person_vectors
from reelgraph.train.random_streams import generator
from tests.conftest import make_interactions, make_part

RNG = np.random.default_rng(7)


def test_sums_are_those_of_both_orders_of_the_halves() -> None:
    stars = (RNG.random((12, 9)) < 0.6) * RNG.integers(1, 6, (12, 9))
    stars[:3, 1:], stars[:3, 0] = 0, 4  # one of the halves of these people is empty
    rated = Matrix(stars.astype(np.float32))
    embeddings = RNG.normal(size=(9, 3))
    head = RankingHead.of(rated, embeddings, 4.0, seed=5)
    first = np.zeros((12, 9), np.bool_)
    first[rated.nonzero()] = generator(5, "halves").random(rated.nnz) < 0.5
    halves = [first, (rated.toarray() > 0) & ~first]
    gram, products = np.zeros((4, 4)), np.zeros((4, 9))
    for given, hidden in (halves, halves[::-1]):
        for person in range(12):
            entries = np.where(given[person], stars[person] / 4.0, 0.0)
            x = np.append(entries @ embeddings / np.sqrt(max(given[person].sum(), 1)), 1.0)
            weight = hidden[person].sum() ** -0.5 if hidden[person].any() else 0.0
            gram += weight * np.outer(x, x)
            products += weight * np.outer(x, np.where(hidden[person], stars[person] / 4.0, 0.0))
    np.testing.assert_allclose(head.gram, gram, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(head.products, products, rtol=1e-10, atol=1e-12)
    expected = linalg.solve(gram + np.diag(0.1 * np.diag(gram)), products).T
    np.testing.assert_allclose(head.targets(0.1), expected, rtol=1e-5, atol=1e-6)


def test_person_without_ratings_is_the_constant() -> None:
    vectors = person_vectors(Matrix((2, 9), dtype=np.float32), np.ones((9, 3)))
    np.testing.assert_array_equal(vectors, [[0, 0, 0, 1], [0, 0, 0, 1]])


@pytest.fixture(scope="module")
def groups() -> tuple[list[tuple[int, int, float]], list[tuple[int, int, float]]]:
    """Two groups of people, each of which rates ten movies of its own, with stars that say nothing."""
    rows, hidden = [], []
    for user in range(60):
        own = 10 * (user % 2) + RNG.permutation(10)[:7]
        rows += [(user, int(item), float(RNG.integers(1, 6))) for item in own[:6]]
        hidden.append((user, int(own[6]), 3.0))
    return rows, hidden


def test_it_ranks_what_the_stars_do_not_tell(
    groups: tuple[list[tuple[int, int, float]], list[tuple[int, int, float]]],
) -> None:
    train = make_interactions(groups[0], 60, 20)
    valid = make_part(train.matrix(), make_interactions(groups[1], 60, 20).matrix())
    model = GCN(dim=8, epochs=3)
    scores = model.fit(train, FitContext(valid=valid)).scorer.score(train.matrix())
    unseen = np.where(train.matrix().toarray() > 0, -np.inf, scores)
    own_group = unseen.argmax(axis=1) // 10 == np.arange(60) % 2
    assert own_group.mean() > 0.95
    by_stars = dataclasses.replace(model, ranking_head=False).fit(train, FitContext(valid=valid)).scorer
    unseen = np.where(train.matrix().toarray() > 0, -np.inf, by_stars.score(train.matrix()))
    assert (unseen.argmax(axis=1) // 10 == np.arange(60) % 2).mean() < 0.9


def test_contributions_add_up_to_the_scores(
    groups: tuple[list[tuple[int, int, float]], list[tuple[int, int, float]]],
) -> None:
    train = make_interactions(groups[0], 60, 20)
    scorer = GCN(dim=8, epochs=1).fit(train).scorer
    items = np.arange(20)
    for user in (0, 31):
        history = train.matrix()[[user]]
        parts = scorer.contributions(history, items)  # type: ignore[attr-defined]
        np.testing.assert_allclose(parts.total(), scorer.score(history)[0], rtol=1e-4, atol=1e-5)
        assert list(parts.baseline_terms) == ["popularity of the movie"]
