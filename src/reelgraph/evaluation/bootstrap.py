"""95 % intervals by bootstrap over people, and paired differences of two models.

Every figure of `summarise` is a weighted mean over people; `rmse` is the root of one. `summarise_sums` takes any figure
of sums over people. A resample draws as many people as there are, with repetition; the same seed draws the same people,
which is what pairs two reports.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from reelgraph._util.blas_threads import single_threaded_blas
from reelgraph.core import EvalReport, FloatArray, Metric
from reelgraph.core.argument_checks import require_type
from reelgraph.core.errors import ConfigError
from reelgraph.evaluation.full_ranking_kernels import count_each

RESAMPLES = 1000
# Averaged as a root mean square: the mean over ratings is taken of the squares.
QUADRATIC = frozenset({"rmse"})
_BLOCK_CELLS = 250_000  # 2 MB, which stay in the cache


def summarise(
    per_user: Mapping[str, FloatArray], weight: Mapping[str, FloatArray], seed: int, resamples: int = RESAMPLES
) -> dict[str, Metric]:
    """Mean and 95 % percentile interval of each metric.

    Args:
        per_user: metric name -> ``(n_users,)``, NaN where a person does not count.
        weight: metric name -> ``(n_users,)`` weights of the mean; people count alike in metrics without one.
        seed: seed of the draws.
        resamples: number of bootstrap resamples.

    Raises:
        ConfigError: a metric has no person that counts.

    Cost: O(resamples * n_users * metrics), in blocks of 2 MB.

    Examples:
        >>> import numpy as np
        >>> from reelgraph.evaluation import summarise
        >>> print(summarise({"recall": np.array([0.0, 0.5, 1.0, 0.5])}, {}, seed=0)["recall"])
        0.5000 [0.1250, 0.8750]
    """
    names = list(per_user)
    if not names:
        return {}
    numerator, denominator = _sums(per_user, weight)
    total = denominator.sum(axis=0)
    for name, amount in zip(names, total, strict=True):
        if not amount > 0:
            raise ConfigError(name, "no person of this part has a value to measure")
    mean = numerator.sum(axis=0) / total
    resampled = _resampled(numerator, denominator, seed, resamples)
    for column, name in enumerate(names):
        if name in QUADRATIC:
            mean[column], resampled[:, column] = np.sqrt(mean[column]), np.sqrt(resampled[:, column])
    low, high = np.nanpercentile(resampled, [2.5, 97.5], axis=0)
    return {name: Metric(*map(float, figures)) for name, *figures in zip(names, mean, low, high, strict=True)}


def summarise_sums(
    sums: FloatArray, figure: Callable[[FloatArray], FloatArray], seed: int, resamples: int = RESAMPLES
) -> Metric:
    """A figure of all people together, and its 95 % percentile interval over the resamples of `summarise`.

    Args:
        sums: ``(n_users, ...)``, what each person adds.
        figure: from the sums of many resamples, ``(m, ...)``, to their figures ``(m,)``; NaN where there are none.
        seed: seed of the draws.
        resamples: number of bootstrap resamples.

    Cost: O(resamples * n_users * entries of a person).
    """
    flat = sums.reshape(len(sums), -1)
    resampled = _resampled_sums(flat, seed, resamples).reshape(-1, *sums.shape[1:])
    low, high = np.nanpercentile(figure(resampled), [2.5, 97.5])
    return Metric(float(figure(sums.sum(axis=0)[None])[0]), float(low), float(high))


def paired(first: EvalReport, second: EvalReport, metric: str, resamples: int = RESAMPLES) -> Metric:
    """Difference ``first - second`` of a metric, both measured on the same people.

    An interval without 0 means that the difference is larger than the sampling of people explains.

    Args:
        first: a report.
        second: a report of the same part.
        metric: name of a metric that both hold for each person.
        resamples: number of bootstrap resamples; the same people are resampled for both.

    Raises:
        ConfigError: a report does not hold the metric, or not for each person, or the reports are not of the same
            people.
    """
    require_type("paired", "first", first, EvalReport)
    require_type("paired", "second", second, EvalReport)
    if first.part_digest and second.part_digest and first.part_digest != second.part_digest:
        raise ConfigError(metric, "the two reports are not of the same people and ratings")
    resampled, mean = [], []
    for report in (first, second):
        if metric in report.summary and metric not in report.per_user:
            raise ConfigError(
                metric, "is a figure of all people together, without a value for each person that could be paired"
            )
        if metric not in report.per_user:
            raise ConfigError.unknown(metric, report.per_user, "metric")
        numerator, denominator = _sums({metric: report.per_user[metric]}, report.weight)
        if report is first:
            weights = denominator
        elif not np.array_equal(weights, denominator):
            raise ConfigError(metric, "the two reports are not of the same people and ratings")
        figures = _resampled(numerator, denominator, first.seed, resamples)[:, 0]
        figure = numerator.sum() / denominator.sum()
        resampled.append(np.sqrt(figures) if metric in QUADRATIC else figures)
        mean.append(np.sqrt(figure) if metric in QUADRATIC else figure)
    low, high = np.nanpercentile(resampled[0] - resampled[1], [2.5, 97.5])
    return Metric(float(mean[0] - mean[1]), float(low), float(high))


def _sums(per_user: Mapping[str, FloatArray], weight: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Weighted values and weights, each ``(n_users, n_metrics)``, 0 where a person does not count."""
    values = np.column_stack([per_user[n] ** 2 if n in QUADRATIC else per_user[n] for n in per_user])
    weights = np.column_stack([weight.get(n, np.ones(len(per_user[n]))) for n in per_user])
    weights = np.where(np.isnan(values), 0.0, weights)
    return np.where(weights > 0, values * weights, 0.0), weights


def _resampled(numerator: FloatArray, denominator: FloatArray, seed: int, resamples: int) -> FloatArray:
    """The ratio of the sums in each resample, ``(resamples, n_metrics)``, NaN where nobody counted."""
    above, below = np.hsplit(_resampled_sums(np.column_stack([numerator, denominator]), seed, resamples), 2)
    ratio = np.full(above.shape, np.nan)
    np.divide(above, below, out=ratio, where=below > 0)
    return ratio


def _resampled_sums(columns: FloatArray, seed: int, resamples: int) -> FloatArray:
    """The sum of each column over the people of each resample, ``(resamples, n_columns)``."""
    with single_threaded_blas():  # products as small as these are slower on several threads
        return np.concatenate([resampled @ columns for resampled in _draws(len(columns), seed, resamples)])


def _draws(n: int, seed: int, resamples: int) -> Iterator[FloatArray]:
    """How often each person is resampled, ``(block, n)`` float64, block after block in the same place."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(b"bootstrap")]))
    block = max(1, _BLOCK_CELLS // max(1, n))
    counts = np.empty((min(block, resamples), n))
    for start in range(0, resamples, block):
        resampled = counts[: resamples - start]
        count_each(rng.integers(0, n, resampled.shape), resampled)
        yield resampled
