"""The validation error of a running chain."""

from __future__ import annotations

import numpy as np
from scipy import special

from reelgraph.core import BoolArray, EvalPart, FloatArray, IntArray
from reelgraph.models.bayes_gcn import kernels
from reelgraph.models.bayes_gcn.feature_graphs import spans
from reelgraph.models.bayes_gcn.gibbs_chain import Chain
from reelgraph.models.bayes_gcn.problem import PreparedProblem

_MAX_RATINGS = 1 << 18


class ValidationMonitor:
    """RMSE of validation ratings of training users, predicted by the mean of the draws so far.

    Args:
        setup: the problem.
        part: the validation part; of more than 262,144 ratings as many, evenly spread.
        user_degree: ``(n_users,)`` training ratings of each user; users without any are left out.
    """

    def __init__(self, setup: PreparedProblem, part: EvalPart | None, user_degree: IntArray) -> None:
        self.setup, self.count = setup, 0
        needs_times = len(setup.time) > 0
        if part is None or (needs_times and part.target_time is None):
            used, user = np.zeros(0, np.int64), np.zeros(0, np.int64)
        else:
            user = np.repeat(part.users, np.diff(part.target.indptr))
            used = np.flatnonzero(user_degree[user] > 0)
            used = used[:: -(-max(len(used), 1) // _MAX_RATINGS)]
        self.user, self.total = user[used], np.zeros(len(used))
        self.stars = np.zeros(0, np.float32) if part is None else part.target.data[used]
        items = np.zeros(0, np.int64) if part is None else part.target.indices[used]
        columns = [self.user, items]
        self.session_offsets: list[tuple[IntArray, BoolArray]] = []  # of each length: index, and whether it was seen
        if part is not None and part.target_time is not None and needs_times:
            time = part.target_time.data[used]
            if len(setup.days):
                columns.append(np.minimum(np.searchsorted(setup.days, spans(time, 1)), len(setup.days) - 1))
            sessions, users = setup.problem.sessions, setup.problem.fields[0]
            if sessions is not None:
                self.session_offsets = sessions.locate(users.indptr, setup.time, self.user, time)
        self.codes = np.stack(columns).astype(np.int32)

    def ratings(self) -> FloatArray:
        """The validation ratings used, as numbers to hash."""
        return np.stack([self.user, self.codes[1], self.stars]).astype(np.float64) if self else np.zeros(0)

    def __bool__(self) -> bool:
        return len(self.total) > 0

    def add(self, chain: Chain) -> None:
        """Add the predictions of a chain's current state."""
        fitted = np.empty(len(self.total), chain.table.dtype)
        kernels.predict(self.codes, chain.starts, chain.table, chain.offset, fitted, 0, len(fitted))
        if chain.sessions is not None:
            state = zip(self.session_offsets, chain.sessions.weights, chain.sessions.mean, strict=True)
            for (index, is_seen), weights, mean in state:
                fitted += np.where(is_seen, weights[index], mean)
        self.total += self._stars(chain, fitted)
        self.count += 1

    def _stars(self, chain: Chain, fitted: FloatArray) -> FloatArray:
        if chain.problem.output == "gaussian":
            return self.setup.centre + self.setup.unit * fitted
        root = np.sqrt(chain.scales[self.user])
        levels, stars = self.setup.levels, np.full(len(fitted), self.setup.levels[0])
        for cut, step in zip(chain.cuts, np.diff(levels), strict=True):
            stars += step * special.ndtr((fitted - cut) * root)
        return stars

    def rmse(self) -> float:
        """RMSE of the mean prediction, clipped to the scale, stars."""
        mean = np.clip(self.total / self.count, self.setup.levels[0], self.setup.levels[-1])
        return float(np.sqrt(np.mean(np.square(mean - self.stars))))
