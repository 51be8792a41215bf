"""The sampler of `bayes-gcn` against dense linear algebra, closed-form posteriors and planted values."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import sparse, special, stats

from reelgraph._util.numba_jit import normal_cdf
from reelgraph.core import AnyArray, FloatArray, IntArray, Matrix
from reelgraph.models.bayes_gcn import kernels
from reelgraph.models.bayes_gcn.cut_points import CutPoints, draw_latent, normal_quantile, uniform, with_ends
from reelgraph.models.bayes_gcn.feature_graphs import FeatureGroup, RatingField, with_neighbours
from reelgraph.models.bayes_gcn.gibbs_chain import Chain, GibbsProblem
from reelgraph.models.bayes_gcn.group_priors import draw_prior
from reelgraph.models.bayes_gcn.row_draw_kernels import draw_rows
from reelgraph.models.bayes_gcn.sessions import Sessions
from reelgraph.scorers.bayes.person_posterior import ObservedStars, SessionEffectPrior, fold_in
from reelgraph.scorers.bayes.prior import Prior


def dense(group: FeatureGroup, entities: int) -> FloatArray:
    return sparse.csc_array((group.value, group.entity, group.indptr), shape=(entities, len(group))).toarray()


def one_hot(name: str, code: AnyArray) -> FeatureGroup:
    """One feature for each value of ``code``, ``(entities,)``, from 0."""
    return FeatureGroup.of(name, Matrix(sparse.csr_array(np.eye(code.max() + 1)[code])))


def sorted_codes(*columns: IntArray) -> IntArray:
    """Entities of ratings, ``(fields, n)``, the first field ascending."""
    return np.stack([np.sort(columns[0]), *columns[1:]]).astype(np.int32)


def problem(n: int = 400, dim: int = 2, fixed: bool = False, output: str = "gaussian", seed: int = 0) -> GibbsProblem:
    """Three fields, two of them with overlapping features, and sessions."""
    draw = np.random.default_rng(seed)
    codes = sorted_codes(draw.integers(0, 12, n), draw.integers(0, 9, n), draw.integers(0, 5, n))
    rated, kinds = (
        Matrix(sparse.csr_array(draw.uniform(0.2, 1.0, size) * (draw.random(size) < 0.5))) for size in ((12, 9), (9, 3))
    )
    fields = (
        RatingField.of("user", codes, 0, 12, (FeatureGroup.ids(12), FeatureGroup.of("neighbours", rated))),
        RatingField.of("item", codes, 1, 9, (FeatureGroup.ids(9), FeatureGroup.of("genres", kinds))),
        RatingField.of("date", codes, 2, 5, (FeatureGroup.ids(5), one_hot("pair", np.arange(5) // 2))),
    )
    level = draw.integers(0, 5, n).astype(np.int32)
    starts = fields[0].indptr
    time = np.concatenate([np.sort(draw.integers(0, 200_000, count)) for count in np.diff(starts)])
    return GibbsProblem(
        fields,
        codes,
        dim,
        output,
        draw.normal(size=n),
        level,
        5,
        Sessions.of(starts, time),
        fixed=fixed,  # type: ignore[arg-type]
    )


def float64(of: GibbsProblem, seed: int = 0) -> Chain:
    return Chain(of, seed, 0, np.float64)


def fitted_by_hand(chain: Chain) -> FloatArray:
    """f of every rating from dense embeddings, the sessions left out."""
    problem, rows = chain.problem, []
    for field, code, weights in zip(problem.fields, problem.codes, chain.weights, strict=True):
        full = sum(dense(group, field.entities) @ w for group, w in zip(field.groups, weights, strict=True))
        rows.append(np.asarray(full)[code])
    total = chain.offset + sum(row[:, 0] for row in rows)
    for k in range(len(rows)):
        for m in range(k):
            total = total + (rows[k][:, 1:] * rows[m][:, 1:]).sum(axis=1)
    return np.asarray(total)


def test_fitted_values_are_the_sum_over_pairs() -> None:
    chain = float64(problem())
    chain.offset = 0.3
    out = np.empty(400)
    kernels.predict(chain.problem.codes, chain.starts, chain.table, chain.offset, out, 0, 400)
    np.testing.assert_allclose(out, fitted_by_hand(chain), rtol=1e-12)


@pytest.mark.parametrize(("k", "g"), [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)])
def test_one_block_update_is_the_dense_conditional(k: int, g: int) -> None:
    """A row's draw at zero noise is the conditional mean, at unit noises it gives back the conditional covariance."""
    chain = float64(problem())
    field, width, code = chain.problem.fields[k], 1 + chain.problem.dim, chain.problem.codes[k]
    draw = np.random.default_rng(1)
    weight, target = draw.uniform(0.5, 2.0, 400), draw.normal(size=400)
    mean, precision = draw.normal(size=width), draw.uniform(0.5, 3.0, width)
    group, j = field.groups[g], 1
    others = np.zeros((400, width))
    others[:, 0] = 1.0
    for m in range(3):
        if m != k:
            others[:, 1:] += chain.table[chain.parts[m]][chain.problem.codes[m]][:, 1:]
    design = others * dense(group, field.entities)[code, j][:, None]
    rest = target - fitted_by_hand(chain) + design @ chain.weights[k][g][j]
    expected_precision = np.diag(precision) + (design * weight[:, None]).T @ design
    expected_mean = np.linalg.solve(expected_precision, precision * mean + design.T @ (weight * rest))

    def drawn(normal: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        second, first = np.empty((field.entities, width * width)), np.empty((field.entities, width))
        kernels.gather(
            chain.parts[k].start, field.order, field.indptr, field.partners, np.delete(chain.starts, k), chain.table,
            chain.offset, np.stack([target, weight], axis=1), second, first, 0, field.entities,
        )  # fmt: skip
        rows, embedding = chain.weights[k][g].copy(), chain.table[chain.parts[k]].copy()
        normals = np.zeros_like(rows)
        normals[j] = normal
        draw_rows(
            group.indptr, group.entity, group.value, rows, mean, precision, normals, second, first, embedding,
            (0,) * width, j, j + 1,
        )  # fmt: skip
        return rows, first, embedding

    rows, first, embedding = drawn(np.zeros(width))
    np.testing.assert_allclose(rows[j], expected_mean, rtol=1e-9, atol=1e-10)
    steps = np.stack([drawn(unit)[0][j] - expected_mean for unit in np.eye(width)], axis=1)
    np.testing.assert_allclose(steps @ steps.T, np.linalg.inv(expected_precision), rtol=1e-8, atol=1e-10)
    # The moments and the embedding now belong to the new row.
    chain.weights[k][g] = rows
    chain.embed()
    np.testing.assert_allclose(embedding, chain.table[chain.parts[k]], atol=1e-12)
    left = weight * (target - fitted_by_hand(chain))
    for entity in range(field.entities):
        mine = code == entity
        np.testing.assert_allclose(first[entity], (others[mine] * left[mine, None]).sum(axis=0), atol=1e-9)


@pytest.mark.parametrize("output", ["ordinal", "gaussian"])
def test_a_sweep_in_float32_is_that_in_float64_within_rounding(output: str) -> None:
    """Both draw with the same random numbers; 3,000 ratings, three blocks of statistics an entity and more."""
    of = problem(3_000, dim=4, output=output)
    of = dataclasses.replace(of, personal_noise=True)
    oracle, chain = float64(of), Chain(of, 0, 0)
    for number in (1, 2, 3):
        oracle.sweep(number)
        chain.sweep(number)
        assert chain.table.dtype == np.float32
        np.testing.assert_allclose(chain.table, oracle.table, atol=2e-4)
        np.testing.assert_allclose(chain.cuts, oracle.cuts, atol=2e-5)
        np.testing.assert_allclose(chain.scales, oracle.scales, rtol=2e-4)
        np.testing.assert_allclose([chain.offset, chain.noise], [oracle.offset, oracle.noise], rtol=2e-4, atol=2e-5)
        assert chain.sessions is not None
        assert oracle.sessions is not None
        for mine, theirs in zip(chain.sessions.weights, oracle.sessions.weights, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=2e-4)
        assert chain.loss == pytest.approx(oracle.loss, rel=1e-5)


def test_neighbours_are_the_pattern_of_the_ratings_and_share_its_columns() -> None:
    draw = np.random.default_rng(4)
    rated = draw.random((30, 11)) < 0.3
    users, items = np.nonzero(rated)
    codes = np.stack([users, items]).astype(np.int32)
    plain = [RatingField.of(name, codes, k, size, (FeatureGroup.ids(size),)) for k, (name, size) in enumerate((("user", 30), ("item", 11)))]  # fmt: skip # noqa: E501
    user, item = with_neighbours(*plain)
    for field, pattern in ((user, rated), (item, rated.T)):
        degree = np.maximum(pattern.sum(axis=1, keepdims=True), 1)
        expected = pattern * np.sqrt(degree) / (degree + 5)
        np.testing.assert_allclose(dense(field.groups[1], len(pattern)), expected, rtol=1e-6)
    assert np.shares_memory(user.groups[1].entity, item.partners)
    assert np.shares_memory(item.groups[1].entity, codes)


def test_long_run_moments_are_the_closed_form_posterior() -> None:
    """With everything but one field's weights held, the chain's draws have the dense posterior's mean and variance."""
    draw = np.random.default_rng(3)
    n = 300
    codes = sorted_codes(np.zeros(n, np.int64), draw.integers(0, 4, n))
    item = codes[1]
    kinds = Matrix(sparse.csr_array(np.array([[1, 0], [1, 1], [0, 1], [0, 1]], np.float32)))
    fields = (
        RatingField.of("user", codes, 0, 1, (FeatureGroup.ids(1),)),
        RatingField.of("item", codes, 1, 4, (FeatureGroup.ids(4), FeatureGroup.of("genres", kinds))),
    )
    target = draw.normal(size=n) + item
    chain = Chain(GibbsProblem(fields, codes, 0, "gaussian", target, np.zeros(n, np.int32), 5, fixed=True), 5, 0)
    chain.noise = 0.7
    f = np.concatenate([np.ones((n, 1)), np.eye(4)[item], kinds.toarray()[item]], axis=1)
    precision = 10.0 * np.eye(7) + 0.7 * f.T @ f
    mean, covariance = np.linalg.solve(precision, 0.7 * f.T @ target), np.linalg.inv(precision)
    draws = []
    for sweep in range(1, 6001):
        chain.sweep(sweep)
        draws.append(np.concatenate([rows.ravel() for field in chain.weights for rows in field]))
    kept = np.array(draws[100:])
    spread = np.sqrt(np.diag(covariance))
    batches = kept[: len(kept) // 50 * 50].reshape(50, -1, 7).mean(axis=1)  # their scatter says how sure the mean is
    error = batches.std(axis=0, ddof=1) / np.sqrt(50)
    assert (error < 0.25 * spread).all()
    assert (np.abs(kept.mean(axis=0) - mean) < 4 * error).all()
    np.testing.assert_allclose(kept.std(axis=0), spread, rtol=0.15)


def test_normal_quantile_and_cdf_agree_with_scipy() -> None:
    p = np.concatenate(
        [10.0 ** -np.arange(1.0, 280.0, 13.0), np.linspace(0.01, 0.99, 33), 1 - 10.0 ** -np.arange(3, 9.0)]
    )
    np.testing.assert_allclose([normal_quantile(v) for v in p], special.ndtri(p), rtol=1e-7, atol=1e-9)
    x = np.linspace(-35, 8, 50)
    np.testing.assert_allclose([normal_cdf(v) for v in x], special.ndtr(x), rtol=1e-12)


def test_counted_uniforms_are_uniform() -> None:
    drawn = np.array([uniform(12345, n) for n in range(20_000)])
    assert stats.kstest(drawn, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.03
    assert uniform(12345, 7) == drawn[7]
    assert uniform(12346, 7) != drawn[7]


def test_hidden_stars_follow_the_truncated_normal() -> None:
    n = 30_000
    cuts = np.array([-1.0, 0.2, 1.1, 6.0])
    for level, mean, weight in ((0, 0.4, 1.0), (1, -0.5, 4.0), (3, 0.0, 0.5), (4, 0.0, 1.0)):
        out, edges = np.empty(n), with_ends(cuts)
        draw_latent(np.full(n, level, np.int32), np.full(n, mean), np.full(n, weight), edges, 99, out, 0, n)
        spread = 1 / np.sqrt(weight)
        low, high = (edges[level] - mean) / spread, (edges[level + 1] - mean) / spread
        assert stats.kstest(out, stats.truncnorm(low, high, mean, spread).cdf).pvalue > 0.001, level


def test_planted_cut_points_come_back_within_their_intervals() -> None:
    draw, cuts = np.random.default_rng(11), np.array([-1.5, -0.4, 0.3, 1.6])
    inside = np.zeros(4)
    for _ in range(40):
        fitted = draw.normal(0, 0.8, 500)
        level = np.searchsorted(cuts, fitted + draw.normal(size=500)).astype(np.int32)
        points, now, kept = CutPoints(level, 5), np.array([-1.0, -0.3, 0.3, 1.0]), []
        for _ in range(120):
            now, _ = points.draw(now, fitted, np.ones(500), draw)
            kept.append(now)
        low, high = np.quantile(kept[20:], [0.1, 0.9], axis=0)
        inside += (low < cuts) & (cuts < high)
    assert len(np.unique(np.array(kept)[:, 0])) > 60  # it moves
    assert 0.68 < inside.mean() / 40 < 0.9  # 80 % intervals, 160 of them: 0.8 +- 0.03


def test_planted_noise_comes_back_within_its_interval() -> None:
    inside = 0
    for seed in range(20):
        draw = np.random.default_rng(seed)
        users, items = np.repeat(np.arange(30), 20), np.tile(np.arange(20), 30)
        codes = sorted_codes(users, items)
        noise = draw.uniform(0.3, 1.2)
        truth = draw.normal(size=(30, 2)) @ draw.normal(size=(2, 20)) * 0.5 + draw.normal(size=30)[:, None] * 0.3
        target = (truth[users, items] + noise * draw.normal(size=600)).ravel()
        fields = (
            RatingField.of("user", codes, 0, 30, (FeatureGroup.ids(30),)),
            RatingField.of("item", codes, 1, 20, (FeatureGroup.ids(20),)),
        )
        chain = Chain(GibbsProblem(fields, codes, 2, "gaussian", target, np.zeros(600, np.int32), 5), seed, 0)
        kept = []
        for sweep in range(1, 301):
            chain.sweep(sweep)
            kept.append(1 / np.sqrt(chain.noise))
        low, high = np.quantile(kept[100:], [0.05, 0.95])
        inside += low < noise < high
    assert inside >= 15  # 90 % intervals, 20 of them: below 15 has a chance of one in 90


def test_prior_draws_are_normal_gamma() -> None:
    """With the mean held at its old value, the precision's draws have the gamma's moments worked by hand."""
    rows, draw = np.array([[1.0], [3.0]]), np.random.default_rng(0)
    drawn = [draw_prior(rows, np.array([1.0]), draw) for _ in range(20_000)]
    precision = np.array([p[0] for _, p in drawn])
    # Shape 1 + 3/2; rate 1 + ((1-1)^2 + (3-1)^2 + 1^2) / 2 = 3.5.
    assert precision.mean() == pytest.approx(2.5 / 3.5, rel=0.02)
    assert precision.var() == pytest.approx(2.5 / 3.5**2, rel=0.05)
    assert np.mean([m[0] for m, _ in drawn]) == pytest.approx(4 / 3, abs=0.02)  # (1 + 3) / (2 + 1)


def test_fold_in_of_normal_ratings_is_the_dense_posterior() -> None:
    draw = np.random.default_rng(2)
    design, base, stars = draw.normal(size=(3, 8, 4)), draw.normal(size=(3, 8)), draw.normal(size=8)
    mean, precision, noise = draw.normal(size=(3, 4)), draw.uniform(1, 3, (3, 4)), draw.uniform(1, 2, 3)
    chunks = [np.array([0, 0, 1, 1, 2, 3, 3, 3]), np.array([0, 0, 0, 0, 1, 1, 1, 1])]
    shift, spread = draw.normal(size=(2, 3)), draw.uniform(0.2, 0.6, (2, 3))
    effects = [SessionEffectPrior(chunk, shift[s], spread[s]) for s, chunk in enumerate(chunks)]
    prior = Prior.diagonal(mean, precision)
    person = fold_in(design.transpose(0, 2, 1), base, ObservedStars.normal(stars, noise), prior, effects, None)
    for t in range(3):
        # All unknowns side by side: the person's row and every offset.
        x = np.concatenate([design[t], np.eye(4)[chunks[0]], np.eye(2)[chunks[1]]], axis=1)
        prior = np.concatenate([mean[t], np.full(4, shift[0, t]), np.full(2, shift[1, t])])
        inverse = np.concatenate([precision[t], np.full(4, 1 / spread[0, t]), np.full(2, 1 / spread[1, t])])
        a = np.diag(inverse) + noise[t] * x.T @ x
        solved = np.linalg.solve(a, inverse * prior + noise[t] * x.T @ (stars - base[t]))
        np.testing.assert_allclose(person.mean[t], solved[:4], atol=1e-10)
        np.testing.assert_allclose(person.factor[t] @ person.factor[t].T, np.linalg.inv(a)[:4, :4], atol=1e-10)
        offsets = np.concatenate([person.effects[s][0][t] + shift[s, t] for s in range(2)])
        np.testing.assert_allclose(offsets, solved[4:], atol=1e-9)


def test_fold_in_of_ordinal_ratings_is_the_mode() -> None:
    draw = np.random.default_rng(4)
    design, base, level = draw.normal(size=(1, 15, 3)), draw.normal(size=(1, 15)), draw.integers(0, 5, 15)
    cuts, precision = np.array([[-1.2, -0.3, 0.5, 1.4]]), np.array([[1.0, 2.0, 3.0]])
    prior = Prior.diagonal(np.zeros((1, 3)), precision)
    person = fold_in(design.transpose(0, 2, 1), base, ObservedStars.levels(level, cuts), prior, [], None)
    edges = with_ends(cuts[0])

    def slope(z: FloatArray) -> FloatArray:
        step, out = 1e-5, []
        for e in np.eye(3):
            up, down = (
                np.log(special.ndtr(edges[level + 1] - f) - special.ndtr(edges[level] - f)).sum()
                - 0.5 * precision[0] @ np.square(v)
                for v in (z + step * e, z - step * e)
                for f in (base[0] + design[0] @ v,)
            )
            out.append((up - down) / (2 * step))
        return np.array(out)

    np.testing.assert_allclose(slope(person.mean[0]), 0.0, atol=2e-3)
    assert np.abs(slope(np.zeros(3))).max() > 0.5
