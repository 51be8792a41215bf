"""One chain of the Gibbs sampler: its state and one sweep over it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from reelgraph.core import FloatArray, IntArray
from reelgraph.models.bayes_gcn import kernels, row_draw_kernels
from reelgraph.models.bayes_gcn.cut_points import CutPoints, draw_latent, with_ends
from reelgraph.models.bayes_gcn.feature_graphs import RatingField
from reelgraph.models.bayes_gcn.group_priors import draw_prior
from reelgraph.models.bayes_gcn.rating_order import blocks
from reelgraph.models.bayes_gcn.session_offsets import SessionOffsets
from reelgraph.models.bayes_gcn.sessions import Sessions
from reelgraph.models.bayes_gcn.worker_threads import ParallelFor, run_all, serial
from reelgraph.train.random_streams import generator

Output = Literal["ordinal", "gaussian"]

_SHAPES = np.geomspace(0.5, 200.0, 40)  # grid for the shape of the gamma distribution of people's noise precision
_SHAPE, _RATE = 1.0, 1.0  # prior of the noise precision: Gamma(1, 1)

# Neighbours' rows are drawn given the ids, and given the embeddings (`exchange_rows`). With many ratings the embeddings
# are well known, the second way mixes (Papaspiliopoulos, Roberts and Skold 2007), and the first is a third of a sweep.
_MANY_RATINGS, _EVERY = 500_000, 4


@dataclass(frozen=True)
class GibbsProblem:
    """The data and the structure of the model.

    Args:
        fields: fields of a rating.
        codes: ``(fields, n)`` int32 entities of each rating; ratings are sorted by field 0, the users.
        dim: length of the vectors.
        output: ``ordinal`` or ``gaussian``.
        target: ``(n,)`` standardised stars (gaussian); empty for an ordinal output.
        level: ``(n,)`` level of each rating, from 0 (ordinal).
        levels: number of levels.
        sessions: stretches of time with offsets of their own, or None.
        personal_noise: each person's ratings have a noise of their own.
        fixed: hyper-parameters (group means and precisions, noise) stay as they are; for tests.
    """

    fields: tuple[RatingField, ...]
    codes: IntArray
    dim: int
    output: Output
    target: FloatArray
    level: IntArray
    levels: int
    sessions: Sessions | None = None
    personal_noise: bool = False
    fixed: bool = False

    def __len__(self) -> int:
        return len(self.level)


class Chain:
    """The state of one chain, advanced by `sweep`.

    Everything drawn in sweep s derives from (seed, chain, s), so the state after a sweep is all that a resume needs.
    Columns of ratings and tables of rows are float32: fitted values are within 1e-5 of those in float64, far below
    the spread of the draws. Sums over all ratings, priors and the factors of a row's draw are float64.

    Args:
        problem: the data and the structure of the model.
        seed: the one seed.
        number: of the chain, from 0.
        dtype: of columns and tables.
    """

    def __init__(self, problem: GibbsProblem, seed: int, number: int, dtype: npt.DTypeLike = np.float32) -> None:
        self.problem, self.seed, self.number, width = problem, seed, number, 1 + problem.dim
        rng = generator(seed, f"chain {number}", 0)
        self.offset, self.noise = 0.0, 1.0  # w0; precision of a rating
        self.weights: list[list[FloatArray]] = []
        self.mean: list[list[FloatArray]] = []
        self.precision: list[list[FloatArray]] = []
        for field in problem.fields:
            self.weights.append([rng.normal(0.0, 0.1, (len(group), width)).astype(dtype) for group in field.groups])
            self.mean.append([np.zeros(width) for _ in field.groups])
            self.precision.append([np.full(width, 10.0) for _ in field.groups])
        counts = np.bincount(problem.level, minlength=problem.levels) + 1.0
        below = np.cumsum(counts)[:-1] / counts.sum()
        self.cuts: FloatArray = special.ndtri(below) * 1.25 if problem.output == "ordinal" else np.zeros(0)
        users = problem.fields[0]
        self.scales = np.ones(users.entities)  # precision of each person's ratings, relative
        self.shape = 8.0  # of the gamma prior of the scales
        self.loss = float("nan")
        self.sessions = None if problem.sessions is None else SessionOffsets(problem.sessions, users.indptr, dtype)
        start = np.cumsum([0] + [field.entities for field in problem.fields])
        self.starts: IntArray = start[:-1].astype(np.int64)
        self.table = np.zeros((start[-1], width), dtype)
        self.parts = [slice(start[k], start[k + 1]) for k in range(len(problem.fields))]
        self._blocks = [blocks(field.indptr) for field in problem.fields]
        self._rating_blocks = users.indptr[self._blocks[0]]
        self._row = (0,) * width
        self._fitted = np.zeros(len(problem), dtype)
        self._latent = problem.target.astype(dtype) if problem.output == "gaussian" else np.zeros(len(problem), dtype)
        self._signal = np.zeros((len(problem), 2), dtype)
        self._cut_points = CutPoints(problem.level, problem.levels, self._rating_blocks)
        self.embed()

    def embed(self, parallel: ParallelFor = serial) -> None:
        """Recompute the embeddings, E = F W: one convolution over each feature graph."""

        def convolve(k: int) -> None:
            out = self.table[self.parts[k]]
            out[:] = 0.0
            for group, drawn in zip(self.problem.fields[k].groups, self.weights[k], strict=True):
                group.times(drawn, out)

        run_all([functools.partial(convolve, k) for k in range(len(self.parts))], parallel)

    def sweep(self, number: int, parallel: ParallelFor = serial) -> None:
        """Draw all parameters once.

        Args:
            number: of the sweep, from 1; selects the random numbers.
            parallel: runs loops whose iterations are independent.
        """
        rng = generator(self.seed, f"chain {self.number}", number)
        user_blocks = self._blocks[0]
        self.embed(parallel)
        self._predict(parallel)
        if self.sessions is not None:
            self.sessions.add(1.0, self._fitted, user_blocks, parallel)
        self._draw_output(rng, parallel)
        self._fill_signal(parallel)
        if self.sessions is not None:
            self.sessions.add(-1.0, self._signal[:, 0], user_blocks, parallel)
        for k in range(len(self.problem.fields)):
            self._draw_field(k, number, rng, parallel)
        if self.sessions is not None:
            self._predict(parallel)
            np.subtract(self._latent, self._fitted, out=self._fitted)
            self.sessions.draw(self._fitted, self._signal[:, 1], user_blocks, rng, self.problem.fixed, parallel)
        streams = [generator(self.seed, f"chain {self.number} {f.name}", number) for f in self.problem.fields]
        run_all([functools.partial(self._draw_prior, k, stream) for k, stream in enumerate(streams)], parallel)

    def _predict(self, parallel: ParallelFor) -> None:
        """Fill the fitted values with the terms of the fields."""
        body = functools.partial(
            kernels.predict, self.problem.codes, self.starts, self.table, self.offset, self._fitted
        )
        parallel(body, self._rating_blocks)

    def _fill_signal(self, parallel: ParallelFor) -> None:
        precision = self.noise * self.scales
        body = functools.partial(
            kernels.fill_signal, self.problem.fields[0].indptr, self._latent, precision, self._signal
        )
        parallel(body, self._blocks[0])

    def _draw_output(self, rng: np.random.Generator, parallel: ParallelFor) -> None:
        problem, weight = self.problem, self._signal[:, 1]
        if problem.output == "ordinal":
            self._fill_signal(parallel)
            if not problem.fixed:
                self.cuts, total = self._cut_points.draw(self.cuts, self._fitted, weight, rng, parallel)
                self.loss = -total / len(problem)
            edges, key = with_ends(self.cuts), int(rng.integers(2**62))
            parallel(
                lambda a, b: draw_latent(problem.level, self._fitted, weight, edges, key, self._latent, a, b),
                self._rating_blocks,
            )
        users = problem.fields[0]
        sums = np.empty((users.entities, 2))
        body = functools.partial(kernels.error_sums, users.indptr, self._latent, self._fitted, sums)
        parallel(body, self._blocks[0])
        if problem.output == "gaussian":
            self.loss = float(sums[:, 1].sum() / len(problem))
        if problem.fixed:
            return
        count = np.diff(users.indptr)
        if problem.personal_noise:
            self._draw_scales(count, sums[:, 1], rng)
        if problem.output == "gaussian":
            self.noise = rng.gamma(_SHAPE + len(problem) / 2) / (_RATE + float(self.scales @ sums[:, 1]) / 2)
            total = float(self.scales @ count)
            shift = rng.normal(float(self.scales @ sums[:, 0]) / total, 1.0 / np.sqrt(total * self.noise))
            self.offset += shift

    def _draw_scales(self, count: IntArray, squares: FloatArray, rng: np.random.Generator) -> None:
        """Precision of each person's ratings relative to all ratings, Gamma(shape, shape), and the shape."""
        self.scales = rng.gamma(self.shape + count / 2) / (self.shape + self.noise * squares / 2)
        about = float(np.sum(np.log(self.scales) - self.scales))
        log = len(count) * (_SHAPES * np.log(_SHAPES) - special.gammaln(_SHAPES)) + _SHAPES * about
        chances = np.exp(log - log.max())
        self.shape = float(rng.choice(_SHAPES, p=chances / chances.sum()))

    def rating_precision(self) -> FloatArray:
        """Precision of each rating's noise, ``(n,)``."""
        return np.repeat(self.noise * self.scales, np.diff(self.problem.fields[0].indptr))

    def _draw_field(self, k: int, number: int, rng: np.random.Generator, parallel: ParallelFor) -> None:
        field, width = self.problem.fields[k], len(self._row)
        second = np.empty((field.entities, width * width), self.table.dtype)
        first = np.empty((field.entities, width))
        starts = np.delete(self.starts, k)
        body = functools.partial(
            kernels.gather, self.parts[k].start, field.order, field.indptr, field.partners, starts, self.table,
            self.offset, self._signal, second, first,
        )  # fmt: skip
        parallel(body, self._blocks[k])
        embedding = self.table[self.parts[k]]
        for g, group in enumerate(field.groups):
            if group.name == "neighbours" and len(self.problem) > _MANY_RATINGS and number % _EVERY:
                continue  # `exchange_rows` draws them
            drawn, mean, precision = self.weights[k][g], self.mean[k][g], self.precision[k][g]
            graph, prior = (group.indptr, group.entity, group.value), (mean, precision)
            normals = rng.standard_normal((len(group), width), np.float32)
            body = functools.partial(
                row_draw_kernels.draw_rows, *graph, drawn, *prior, normals, second, first, embedding, self._row
            )
            if group.disjoint:
                parallel(body, np.unique(np.linspace(0, len(group), 1 + len(self._blocks[k])).astype(int)))
            else:
                body(0, len(group))

    def _draw_prior(self, k: int, rng: np.random.Generator) -> None:
        """Exchange weight between the features and the ids of a field, and draw the groups' means and precisions.

        The embeddings stay unchanged, so fields may do this side by side.
        """
        id_prior = (self.weights[k][0], self.mean[k][0], self.precision[k][0])
        for g, group in list(enumerate(self.problem.fields[k].groups))[1:]:
            drawn, prior = self.weights[k][g], (self.mean[k][g], self.precision[k][g])
            normals = rng.standard_normal(drawn.shape, np.float32)
            row_draw_kernels.exchange_rows(group.indptr, group.entity, group.value, drawn, *prior, *id_prior, normals)
        if not self.problem.fixed:
            for g, drawn in enumerate(self.weights[k]):
                self.mean[k][g], self.precision[k][g] = draw_prior(drawn, self.mean[k][g], rng)
