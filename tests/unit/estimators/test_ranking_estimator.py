"""The estimator of scikit-learn: its own checks, known answers, and the models that it wraps."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer
from sklearn.utils.estimator_checks import parametrize_with_checks

from reelgraph.core import EvalPart, Interactions, RatingScale
from reelgraph.core.errors import ConfigError
from reelgraph.estimators import RankingEstimator
from reelgraph.evaluation import evaluate
from reelgraph.models.graph_filter.model import GraphFilter

OVERLAP = "it scores a matrix against columns of the matrix itself; what is held out must not be known"
#: Two tastes: the first four items go together, and so do the last four.
TWO_TASTES = np.kron(np.eye(2), np.ones((20, 4))) * (np.random.default_rng(3).random((40, 8)) < 0.7)


@parametrize_with_checks(
    [RankingEstimator()],
    expected_failed_checks=lambda estimator: {
        "check_fit_score_takes_y": OVERLAP,
        "check_pipeline_consistency": OVERLAP,
    },
)
@pytest.mark.filterwarnings("ignore")
def test_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.csc_array, sparse.coo_matrix])
def test_items_of_the_same_taste_are_listed(kind: Any) -> None:
    estimator = RankingEstimator(k=3).fit(kind(TWO_TASTES))
    lists = estimator.recommend(kind([[1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0, 0]]))
    assert [set(row) for row in lists.tolist()] == [{1, 2, 3}, {4, 6, 7}]
    assert estimator.predict(kind([[1, 0, 0, 0, 0, 0, 0, 0]])).tolist() == lists[:1, 0].tolist()


def test_nothing_that_was_rated_is_listed_and_short_lists_end_in_minus_one() -> None:
    estimator = RankingEstimator(k=8).fit(TWO_TASTES)
    lists = estimator.recommend(TWO_TASTES)
    for row, rated in zip(lists.tolist(), TWO_TASTES, strict=True):
        listed = [item for item in row if item >= 0]
        assert sorted(listed) == np.flatnonzero(rated == 0).tolist()
        assert row[len(listed) :] == [-1] * (8 - len(listed))
    assert estimator.predict(np.ones((1, 8))).tolist() == [-1]


def test_who_rated_nothing_gets_the_most_rated() -> None:
    counts = (TWO_TASTES > 0).sum(axis=0)
    (listed,) = RankingEstimator(k=8).fit(TWO_TASTES).recommend(np.zeros((1, 8))).tolist()
    assert counts[listed].tolist() == sorted(counts.tolist(), reverse=True)


def test_lists_of_who_rated_nothing_are_scored_as_they_are_given() -> None:
    estimator = RankingEstimator(k=3).fit(np.tril(np.ones((5, 5))))  # 5, 4, 3, 2 and 1 ratings
    nothing, held_out = np.zeros((2, 5)), np.zeros((2, 5))
    assert estimator.recommend(nothing).tolist() == [[0, 1, 2]] * 2
    held_out[0, 0], held_out[1, 2] = 1, 1
    assert estimator.score(nothing, held_out) == pytest.approx((1 + 1 / 2) / 2)  # 1 / log2(3 + 1) for the third place


def test_it_ranks_and_scores_as_the_model_does(planted: tuple[Interactions, EvalPart]) -> None:
    train, part = replace(planted[0], timestamp=None), planted[1]
    estimator = RankingEstimator(settings={"choose": False, "ridge": 100.0}, scale=train.scale, k=10)
    estimator.fit(train.matrix())
    scorer = GraphFilter(choose=False, ridge=100.0).fit(train).scorer
    expected = evaluate(scorer, part, 10, metrics=["ndcg"])["ndcg@10"].mean
    assert estimator.score(part.history, part.target) == expected
    assert expected > 0.2


def test_one_held_out_column_for_each_person() -> None:
    views = [[1, 1, 0, 0]] * 3 + [[1, 0, 1, 0]] + [[0, 0, 1, 1]] * 3 + [[0, 1, 0, 1]]
    estimator = RankingEstimator(k=1).fit(views)
    history = [[1, 0, 0, 0], [0, 0, 0, 1]]
    assert estimator.predict(history).tolist() == [1, 2]
    assert estimator.score(history, np.array([1, 2])) == 1.0
    assert estimator.score(history, np.array([1, 0])) == 0.5
    assert estimator.score(history, [[0, 1, 0, 0], [0, 0, 1, 0]]) == 1.0


def test_cross_validation_and_grid_search_choose_settings() -> None:
    draw = np.random.default_rng(5)
    held_out = np.array([draw.choice(np.flatnonzero(row)) if row.any() else 0 for row in TWO_TASTES])
    has_any = TWO_TASTES.any(axis=1)
    target = np.eye(8)[held_out] * has_any[:, None]
    history = TWO_TASTES * (1 - target)
    scores = cross_val_score(RankingEstimator(k=3), history, target, cv=4)
    assert scores.shape == (4,)
    assert scores.min() > 0.5
    search = GridSearchCV(RankingEstimator(k=3), {"model": ["popularity", "graph-filter"]}, cv=4)
    assert search.fit(history, target).best_params_ == {"model": "graph-filter"}


def test_it_is_the_end_of_a_pipeline() -> None:
    pipeline = make_pipeline(Binarizer(threshold=3.5), RankingEstimator(k=3)).fit(TWO_TASTES * 5)
    assert pipeline.predict([[5, 0, 0, 0, 3, 3, 0, 0]])[0] in {1, 2, 3}


def test_it_can_be_cloned_and_shown() -> None:
    estimator = RankingEstimator("bias", {"item_damping": 10.0}, RatingScale(1, 5, 1), 5, 3)
    assert clone(estimator).get_params() == estimator.get_params()
    assert "model='bias'" in repr(estimator)


@pytest.mark.parametrize(
    ("make", "error", "expected"),
    [
        (lambda: RankingEstimator().fit(np.zeros((3, 2))), ValueError, "X has no rating"),
        (lambda: RankingEstimator().fit(-np.ones((3, 2))), ValueError, "Negative values"),
        (lambda: RankingEstimator(scale=RatingScale(1, 5, 1)).fit([[6.0, 0.0]]), ValueError, "6, which is not on the"),
        (lambda: RankingEstimator("no-such").fit(TWO_TASTES), ConfigError, "no-such"),
        (lambda: RankingEstimator(settings={"ridg": 1}).fit(TWO_TASTES), ConfigError, "did you mean 'ridge'"),
        (lambda: RankingEstimator(k=0).fit(TWO_TASTES).recommend(TWO_TASTES), ValueError, "k=0 is not valid"),
        (lambda: RankingEstimator().fit(TWO_TASTES).score(TWO_TASTES, TWO_TASTES), ValueError, "that X has, too"),
        (lambda: RankingEstimator().fit(TWO_TASTES).score(TWO_TASTES, [8] * 40), ValueError, "from 0 to 7"),
        (lambda: RankingEstimator().fit(TWO_TASTES).score(TWO_TASTES, [[0, 1]]), ValueError, "the shape"),
        (lambda: RankingEstimator().fit(TWO_TASTES).score(TWO_TASTES, TWO_TASTES * 0), ValueError, "y holds nothing"),
    ],
)
def test_what_is_wrong_is_said(make: Any, error: type[Exception], expected: str) -> None:
    with pytest.raises(error, match=expected):
        make()


def test_without_scikit_learn_one_line_says_what_is_missing() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "try:\n    import reelgraph.estimators\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == (
        'CapabilityError reelgraph.estimators needs scikit-learn (pip install "reelgraph[sklearn]")'
    )
