"""One chain of the Gibbs sampler: its state and one sweep over it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from reelgraph.core import FloatArray, IntArray
from reelgraph.models.bayes_gcn import kernels, row_draw_kernels
from reelgraph.models.bayes_gcn.cut_points import CutPoints, draw_latent, with_ends
from reelgraph.models.bayes_gcn.feature_graphs import RatingField
from reelgraph.train.random_streams import generator

Output = Literal["ordinal", "gaussian"]
ParallelFor = Callable[[Callable[[int, int], None], int], None]  # runs a loop body over ranges that cover 0..n

_SHAPES = np.geomspace(0.5, 200.0, 40)  # grid for the shape of the gamma distribution of people's noise precision
_SHAPE, _RATE, _PULL = 1.0, 1.0, 1.0  # prior of a precision: Gamma(1, 1); of a mean: N(0, 1 / (1 * precision))


def serial(body: Callable[[int, int], None], n: int) -> None:
    """Run the loop body over the whole range at once."""
    body(0, n)


@dataclass(frozen=True)
class GibbsProblem:
    """The data and the structure of the model.

    Args:
        fields: fields of a rating; those with biases only come last.
        dim: length of the vectors.
        output: ``ordinal`` or ``gaussian``.
        target: ``(n,)`` float64 standardised stars (gaussian).
        level: ``(n,)`` int32 level of each rating, from 0 (ordinal).
        levels: number of levels.
        personal_noise: each person's ratings have a noise of their own.
        fixed: hyper-parameters (group means and precisions, noise) stay as they are; for tests.
    """

    fields: tuple[RatingField, ...]
    dim: int
    output: Output
    target: FloatArray
    level: IntArray
    levels: int
    personal_noise: bool = False
    fixed: bool = False

    def __len__(self) -> int:
        return len(self.target)

    def width(self, field: RatingField) -> int:
        """Numbers in a weight row of the field."""
        return 1 if field.bias_only else 1 + self.dim


class Chain:
    """The state of one chain, advanced by `sweep`.

    Everything drawn in sweep s derives from (seed, chain, s), so the state after a sweep is all that a resume needs.

    Args:
        problem: the data and the structure of the model.
        seed: the one seed.
        number: of the chain, from 0.
    """

    def __init__(self, problem: GibbsProblem, seed: int, number: int) -> None:
        self.problem, self.seed, self.number = problem, seed, number
        rng = generator(seed, f"chain {number}", 0)
        self.offset, self.noise = 0.0, 1.0  # w0; precision of a rating
        self.weights: list[list[FloatArray]] = []
        self.mean: list[list[FloatArray]] = []
        self.precision: list[list[FloatArray]] = []
        for field in problem.fields:
            width = problem.width(field)
            self.weights.append([rng.normal(0.0, 0.1, (len(group), width)) for group in field.groups])
            self.mean.append([np.zeros(width) for _ in field.groups])
            self.precision.append([np.full(width, 10.0) for _ in field.groups])
        counts = np.bincount(problem.level, minlength=problem.levels) + 1.0
        below = np.cumsum(counts)[:-1] / counts.sum()
        self.cuts: FloatArray = special.ndtri(below) * 1.25 if problem.output == "ordinal" else np.zeros(0)
        self.scales = np.ones(problem.fields[0].entities)  # precision of each person's ratings, relative
        self.shape = 8.0  # of the gamma prior of the scales
        self.loss = float("nan")
        start = np.cumsum([0] + [field.entities for field in problem.fields])
        self.table = np.zeros((start[-1], 1 + problem.dim))
        self.parts = [slice(start[k], start[k + 1]) for k in range(len(problem.fields))]
        self.codes = np.stack([f.code + start[k] for k, f in enumerate(problem.fields)]).astype(np.int32)
        self._with_vectors = sum(
            not field.bias_only for field in problem.fields
        )  # fields with vectors; they come first
        self._fitted = np.empty(len(problem))
        self._latent = problem.target.copy()
        self._cut_points = CutPoints(problem.level, problem.levels)
        self.embed()

    def embed(self) -> None:
        """Recompute the embeddings, E = F W: one convolution over each feature graph."""
        self.table[:] = 0.0
        for field, part, weights in zip(self.problem.fields, self.parts, self.weights, strict=True):
            for group, drawn in zip(field.groups, weights, strict=True):
                group.times(drawn, self.table[part, : drawn.shape[1]])

    def sweep(self, number: int, parallel: ParallelFor = serial) -> None:
        """Draw all parameters once.

        Args:
            number: of the sweep, from 1; selects the random numbers.
            parallel: runs loops whose iterations are independent.
        """
        rng = generator(self.seed, f"chain {self.number}", number)
        self.embed()
        self._predict_with_vectors(parallel)
        self._fitted += self._bias_only_offsets()
        self._draw_output(rng, parallel)
        for k in range(len(self.problem.fields)):
            self._draw_field(k, rng, parallel)

    def _draw_output(self, rng: np.random.Generator, parallel: ParallelFor) -> None:
        problem = self.problem
        weight = self.rating_precision()
        if problem.output == "ordinal":
            if not problem.fixed:
                self.cuts, total = self._cut_points.draw(self.cuts, self._fitted, weight, rng)
                self.loss = -total / len(problem)
            edges, key = with_ends(self.cuts), int(rng.integers(2**62))
            parallel(
                lambda a, b: draw_latent(problem.level, self._fitted, weight, edges, key, self._latent, a, b),
                len(problem),
            )
        error = self._latent - self._fitted
        if problem.output == "gaussian":
            self.loss = float(np.mean(np.square(error)))
        if problem.fixed:
            return
        if problem.personal_noise:
            self._draw_scales(error, rng)
        if problem.output == "gaussian":
            relative = self.rating_precision() / self.noise
            rate = _RATE + float(relative @ np.square(error)) / 2
            self.noise = rng.gamma(_SHAPE + len(problem) / 2) / rate
            total = float(relative.sum())
            shift = rng.normal(float(relative @ error) / total, 1.0 / np.sqrt(total * self.noise))
            self.offset += shift

    def _draw_scales(self, error: FloatArray, rng: np.random.Generator) -> None:
        """Precision of each person's ratings relative to all ratings, Gamma(shape, shape), and the shape."""
        field = self.problem.fields[0]
        count = np.bincount(field.code, minlength=field.entities)
        squares = np.bincount(field.code, self.noise * np.square(error), minlength=field.entities)
        self.scales = rng.gamma(self.shape + count / 2) / (self.shape + squares / 2)
        about = float(np.sum(np.log(self.scales) - self.scales))
        log = field.entities * (_SHAPES * np.log(_SHAPES) - special.gammaln(_SHAPES)) + _SHAPES * about
        chances = np.exp(log - log.max())
        self.shape = float(rng.choice(_SHAPES, p=chances / chances.sum()))

    def rating_precision(self) -> FloatArray:
        """Precision of each rating's noise, ``(n,)``."""
        if not self.problem.personal_noise:
            return np.full(len(self.problem), self.noise)
        return self.noise * self.scales[self.problem.fields[0].code]

    def _draw_field(self, k: int, rng: np.random.Generator, parallel: ParallelFor) -> None:
        field, width = self.problem.fields[k], self.problem.width(self.problem.fields[k])
        second, first = self._gather(k, width, parallel)
        embedding, shape = self.table[self.parts[k]], (0,) * width
        for g, group in enumerate(field.groups):
            drawn, mean, precision = self.weights[k][g], self.mean[k][g], self.precision[k][g]
            graph, prior = (group.indptr, group.entity, group.value), (mean, precision)
            normals = rng.standard_normal((len(group), width))
            body = functools.partial(
                row_draw_kernels.draw_rows, *graph, drawn, *prior, normals, second, first, embedding, shape
            )
            (parallel if group.disjoint else serial)(body, len(group))
        self._exchange_with_ids(k, rng)
        if not self.problem.fixed:
            for g, drawn in enumerate(self.weights[k]):
                self.mean[k][g], self.precision[k][g] = draw_prior(drawn, self.mean[k][g], rng)

    def _gather(self, k: int, width: int, parallel: ParallelFor) -> tuple[FloatArray, FloatArray]:
        """Second and first moments of the entities of field k, see `kernels.gather`."""
        field, weight = self.problem.fields[k], self.rating_precision()
        target = self._latent - self._bias_only_offsets(excluded_field=k)
        if field.bias_only:  # x = 1, so the sums are counts
            self._predict_with_vectors(parallel)
            residual = target - self._fitted - self.table[self.codes[k], 0]
            count = np.bincount(field.code, weight, minlength=field.entities).astype(np.float32)
            total: FloatArray = np.bincount(field.code, weight * residual, minlength=field.entities).astype(np.float64)
            return count[:, None], total[:, None]
        second, first = np.empty((field.entities, width * width), np.float32), np.empty((field.entities, width))
        codes = self.codes[: self._with_vectors]
        body = functools.partial(
            kernels.gather, k, field.order, field.indptr, codes, self.table, self.offset, target, weight, second, first
        )
        parallel(body, field.entities)
        return second, first

    def _predict_with_vectors(self, parallel: ParallelFor) -> None:
        """Fill the fitted values with the terms of the fields that have vectors."""
        codes = self.codes[: self._with_vectors]
        body = functools.partial(kernels.predict, codes, self.table, self.offset, self._fitted)
        parallel(body, len(self._fitted))

    def _bias_only_offsets(self, excluded_field: int = -1) -> FloatArray:
        """Sum of the offsets of the fields without vectors, ``(n,)``."""
        total = np.zeros(len(self.problem))
        for k in range(self._with_vectors, len(self.codes)):
            if k != excluded_field:
                total += self.table[self.codes[k], 0]
        return total

    def _exchange_with_ids(self, k: int, rng: np.random.Generator) -> None:
        """Exchange weight between the features and the ids of a field; the embeddings stay unchanged."""
        id_prior = (self.weights[k][0], self.mean[k][0], self.precision[k][0])
        for g, group in list(enumerate(self.problem.fields[k].groups))[1:]:
            drawn, normals = self.weights[k][g], rng.standard_normal(self.weights[k][g].shape)
            prior = (self.mean[k][g], self.precision[k][g])
            row_draw_kernels.exchange_rows(group.indptr, group.entity, group.value, drawn, *prior, *id_prior, normals)


def draw_prior(weights: FloatArray, mean: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Mean and precision of a group, each ``(width,)``, given its weight rows ``(n, width)``.

    Source: Rendle, Zhang and Koren 2019 (the sampler of libFM), hyperpriors as in Freudenthaler et al. 2011, section
    3.2: independent dimensions.
    """
    n = len(weights)
    squares = np.square(weights - mean).sum(axis=0) + _PULL * np.square(mean)
    precision = rng.gamma(_SHAPE + (n + 1) / 2, size=weights.shape[1]) / (_RATE + squares / 2)
    centre = weights.sum(axis=0) / (n + _PULL)
    return rng.normal(centre, 1.0 / np.sqrt(precision * (n + _PULL))), precision
