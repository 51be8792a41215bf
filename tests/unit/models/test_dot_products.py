"""Scores of vectors: one person alone and among many, exact in the last digit."""

import numpy as np
from numpy.testing import assert_array_equal

from reelgraph.core import Matrix
from reelgraph.scorers import EmbeddingScorer
from reelgraph.scorers.dot_products import dot_products


def test_few_and_many_people_get_the_float64_product_rounded_once() -> None:
    rng = np.random.default_rng(0)
    people, items = rng.normal(size=(40, 5)), rng.normal(size=(2500, 5)).astype(np.float32)
    exact = (people @ items.astype(np.float64).T).astype(np.float32)
    assert_array_equal(dot_products(people, items), exact)
    assert_array_equal(dot_products(people[:3], items), exact[:3])


def test_an_embedding_scores_someone_alone_as_among_many_and_as_its_contributions_add_up() -> None:
    rng = np.random.default_rng(1)
    source, target = (rng.normal(size=(300, 8)).astype(np.float32) for _ in range(2))
    scorer = EmbeddingScorer(source, target, rng.normal(size=300).astype(np.float32), False, 0.5, 1.0, 5.0)
    history = Matrix(np.where(rng.random((30, 300)) < 0.2, rng.integers(1, 6, (30, 300)), 0).astype(np.float32))
    together = scorer.score(history)
    for person in range(30):
        alone = history[[person]]
        assert_array_equal(scorer.score(alone)[0], together[person])
        total = scorer.contributions(alone, np.arange(300)).total()
        assert np.abs(total - together[person]).max() <= np.spacing(np.abs(together[person]).max()) / 2 * 1.01
