"""A model that ranks, as an estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted, check_non_negative, validate_data

from reelgraph.core import (
    AnyArray,
    EvalPart,
    Feedback,
    FitContext,
    FloatArray,
    IdIndex,
    IntArray,
    Interactions,
    Matrix,
    RatingScale,
    Scorer,
)
from reelgraph.core.config import from_dict
from reelgraph.evaluation import evaluate, rank_all
from reelgraph.models import model_class
from reelgraph.scorers import PopularityScorer


class RankingEstimator(BaseEstimator):
    """Ranks the columns of a matrix for its rows: rows are people, columns items, and 0 is "not rated".

    A person need not be among those of the fit: every row is folded in by what it holds.

    Args:
        model: name of a model, see `reelgraph.model_names`.
        settings: of the model, by name; None for its defaults.
        scale: of the ratings, such as ``RatingScale(1, 5, 1)``; None if every value above 0 is a view.
        k: length of the lists, and of those that `score` measures.
        seed: of all random draws.

    Attributes:
        scorer_: the fitted model.
        n_features_in_: number of items.

    Examples:
        >>> import numpy as np
        >>> from reelgraph.estimators import RankingEstimator
        >>> views = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [0, 1, 1, 1]])
        >>> estimator = RankingEstimator(k=2).fit(views)
        >>> estimator.recommend([[1, 0, 0, 0]])
        array([[1, 2]])
        >>> bool(estimator.score([[1, 0, 0, 0]], [[0, 1, 0, 0]]) == 1.0)
        True
    """

    def __init__(
        self,
        model: str = "graph-filter",
        settings: Mapping[str, Any] | None = None,
        scale: RatingScale | None = None,
        k: int = 10,
        seed: int = 0,
    ) -> None:
        self.model, self.settings, self.scale, self.k, self.seed = model, settings, scale, k, seed

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the model.

        Args:
            X: ``(n_people, n_items)`` array or sparse matrix of stars, or of views where there is no scale.
            y: ignored; scikit-learn passes what is held out.

        Raises:
            ValueError: X is no such matrix, or has no rating.
            ConfigError: no such model or setting, or a rating is not on the scale.
        """
        ratings = self._ratings(validate_data(self, X, accept_sparse="csr", dtype=np.float64))
        if not ratings.nnz:
            raise ValueError("X has no rating: all its values are 0")
        n_people, n_items = ratings.shape
        people = np.repeat(np.arange(n_people, dtype=np.int32), np.diff(ratings.indptr))
        train = Interactions(
            IdIndex(np.arange(n_people), "user"), IdIndex(np.arange(n_items), "item"), people,
            ratings.indices.astype(np.int32), ratings.data, None, self.scale,
            "implicit" if self.scale is None else "explicit",
        )  # fmt: skip
        model = from_dict(model_class(self.model), dict(self.settings or {}))
        self.scorer_: Scorer = model.fit(train, FitContext(seed=self.seed)).scorer
        self._popularity = PopularityScorer(np.bincount(ratings.indices, minlength=n_items).astype(np.int64))
        return self

    def recommend(self, X: Any, k: int | None = None) -> IntArray:
        """The best items for each person that they have not rated; the most rated ones for who has rated nothing.

        Args:
            X: ``(n, n_items)``, as for `fit`.
            k: length of the lists; that of the estimator when None.

        Returns:
            ``(n, min(k, n_items))`` int64 columns of X, best first; -1 where fewer items are left.
        """
        history = self._history(X)
        k = self._length(self.k if k is None else k)
        lists = np.full((history.shape[0], k), -1, np.int64)
        for scorer, rows in self._scorers(history):
            if len(rows):
                nothing = (np.empty(0, np.float32), np.empty(0, np.int32), np.zeros(len(rows) + 1, np.int32))
                empty = Matrix(nothing, shape=(len(rows), history.shape[1]))
                part = EvalPart(rows, history[rows], empty, history[rows])
                lists[rows] = rank_all(scorer, part, k).items
        return lists

    def predict(self, X: Any) -> IntArray:
        """The best item for each person, ``(n,)`` int64; -1 for who has rated all."""
        return self.recommend(X, 1)[:, 0]

    def score(self, X: Any, y: Any) -> float:
        """NDCG@k of what was held out: the mean over the people who have something in ``y``.

        Args:
            X: ``(n, n_items)``, what is known of each person.
            y: ``(n, n_items)``, what was held out, values above 0; or ``(n,)`` integers, the column of one item each.

        Raises:
            ValueError: y is neither, has nothing, or holds an item that X has, too.
        """
        history = self._history(X)
        target = self._held_out(y, history)
        feedback: Feedback = "implicit" if self.scale is None else "explicit"
        total, n_people = 0.0, 0
        for scorer, rows in self._scorers(history):
            rows = rows[np.diff(target.indptr)[rows] > 0]
            if len(rows):
                part = EvalPart(rows, history[rows], target[rows], history[rows], feedback=feedback)
                report = evaluate(scorer, part, self._length(self.k), metrics=["ndcg"], seed=self.seed)
                total, n_people = total + len(rows) * report["ndcg"].mean, n_people + len(rows)
        return total / n_people

    def _scorers(self, history: Matrix) -> list[tuple[Scorer, IntArray]]:
        """Who ranks for which rows: popularity for those that have rated nothing."""
        is_informed = np.diff(history.indptr) > 0
        return [(self.scorer_, np.flatnonzero(is_informed)), (self._popularity, np.flatnonzero(~is_informed))]

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn should know: sparse matrices are taken, values are not negative."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.target_tags.required = False
        return tags

    def _history(self, X: Any) -> Matrix:
        check_is_fitted(self, "scorer_")
        return self._ratings(validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False))

    def _ratings(self, X: Any) -> Matrix:
        """The ratings of a validated matrix as stars, or 1 for each view; raises as `fit`."""
        ratings = _as_matrix(X)
        if self.scale is None:
            check_non_negative(ratings, "RankingEstimator without a scale")
            ratings.data[:] = 1.0
        elif not self.scale.contains(ratings.data).all():
            off = ratings.data[~self.scale.contains(ratings.data)][0]
            raise ValueError(f"X has a rating of {off:g}, which is not on the scale: {self.scale}")
        return ratings

    def _held_out(self, y: Any, history: Matrix) -> Matrix:
        n, n_items = history.shape
        if not sparse.issparse(y) and np.ndim(y) == 1:
            columns = np.asarray(y)
            if (
                columns.shape != (n,)
                or columns.dtype.kind not in "iu"
                or not ((columns >= 0) & (columns < n_items)).all()
            ):
                raise ValueError(f"y is neither a matrix nor one column of X, from 0 to {n_items - 1}, for each row")
            target = Matrix((np.ones(n, np.float32), (np.arange(n), columns)), shape=history.shape)
        else:
            target = _as_matrix(check_array(y, accept_sparse="csr", dtype=np.float64))
            check_non_negative(target, "RankingEstimator.score")
        if target.shape != history.shape:
            raise ValueError(f"y has the shape {target.shape}, X has {history.shape}")
        if target.multiply(history).nnz:
            raise ValueError("y holds an item that X has, too: what is held out must not be known")
        if not target.nnz:
            raise ValueError("y holds nothing: all its values are 0")
        return target

    def _length(self, k: int) -> int:
        if not isinstance(k, int | np.integer) or k < 1:
            raise ValueError(f"k={k!r} is not valid: expected a whole number of at least 1")
        return min(int(k), int(self.n_features_in_))


def _as_matrix(values: AnyArray | Any) -> Matrix:
    """A CSR matrix without zeros, whose indices are sorted."""
    matrix: Matrix = sparse.csr_array(values, dtype=np.float32, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    data: FloatArray = matrix.data
    return Matrix((data, matrix.indices.astype(np.int32), matrix.indptr), shape=matrix.shape)
