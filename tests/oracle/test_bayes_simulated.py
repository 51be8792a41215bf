"""The sampler of `bayes-gcn` on ratings simulated from its own prior, every parameter drawn.

Two tests, both of the whole of `Chain.sweep`:

* *Alternation* (Geweke 2004, run as many short chains): parameters from the prior and ratings from the model, then a
  sweep, new ratings from what the sweep drew, a sweep, and so on. However slowly that mixes, every step leaves the
  joint distribution as it was, so in the end the parameters still follow the prior, exactly and independently from
  one chain to the next. An error in a conditional, even a small one, is compounded by the next ratings.
* *Ranks* (Talts et al. 2018): a chain from its own start, as in production, is run on simulated ratings, and the truth
  must rank uniformly among its draws. Only quantities that mix within the run are ranked. With ordinal output the
  scale of f, and with it everything else, creeps where the heavy-tailed prior put f at tens of noises; so there the
  groups' means and precisions are known, moderate ones, and `draw_prior` is the alternation's to test.

The offset w0 has a flat prior and cannot be drawn. It is 0 in what is simulated. The sampler moves with the ratings
when they are shifted, so nothing lost by that shows in quantities that a shift of ratings and w0 together leaves
alone, or moves by the same number in truth and draws (the fitted value of one rating): these alone are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import sparse, special, stats

from reelgraph.core import FloatArray, Matrix
from reelgraph.models.bayes_gcn import gibbs_chain as sampler
from reelgraph.models.bayes_gcn import session_offsets
from reelgraph.models.bayes_gcn.feature_graphs import FeatureGroup, RatingField
from reelgraph.models.bayes_gcn.gibbs_chain import Chain, GibbsProblem, Output
from reelgraph.models.bayes_gcn.sessions import Sessions

# Of a uniformity test. There are some 300 in this file, so a correct sampler fails with a chance below 2e-4.
_CHANCE = 4e-7
_LEVELS = 3
_TIMES = np.array([0, 1, 61, 3_700, 3_701, 90_000, 90_001])  # stretches of every length with one rating, and more


@dataclass(frozen=True)
class Case:
    """A small problem; ``third`` is its third field, none, with vectors (dates) or with biases only (moments)."""

    output: Output
    dim: int
    personal_noise: bool
    third: str = ""
    ratings: int = 80
    known: bool = False  # the groups' means are 0 and their precisions `_PRECISION`


_PRECISION = 4.0
_CASES = {
    "gaussian": Case("gaussian", 1, personal_noise=False, third="moments"),
    "gaussian, personal noise": Case("gaussian", 2, personal_noise=True),
    "ordinal": Case("ordinal", 2, personal_noise=False, third="dates"),
    "ordinal, personal noise": Case("ordinal", 1, personal_noise=True, third="moments"),
}
every_case = pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)


def blank(case: Case, draw: np.random.Generator) -> GibbsProblem:
    """Who rates what: 12 people and 8 items with features that overlap; nothing rated yet."""
    codes = [np.sort(draw.integers(0, 12, case.ratings)), draw.integers(0, 8, case.ratings)]
    if case.third == "dates":
        codes.append(draw.integers(0, 5, case.ratings))
    columns = np.stack(codes).astype(np.int32)

    def side(k: int, entities: int, features: int) -> RatingField:
        size = (entities, features)
        has = Matrix(sparse.csr_array(draw.uniform(0.5, 1.5, size) * (draw.random(size) < 0.5)))
        groups = (FeatureGroup.ids(entities), FeatureGroup.of("neighbours", has))
        return RatingField.of(("user", "item")[k], columns, k, entities, groups)

    fields, sessions = [side(0, 12, 3), side(1, 8, 2)], None
    if case.third == "dates":
        fields.append(RatingField.of("date", columns, 2, 5, (FeatureGroup.ids(5),)))
    elif case.third == "moments":
        starts = fields[0].indptr
        time = [np.sort(draw.choice(_TIMES, count)) for count in np.diff(starts)]
        sessions = Sessions.of(starts, np.concatenate(time))
    target, level = np.zeros(case.ratings), np.zeros(case.ratings, np.int32)
    return GibbsProblem(
        tuple(fields), columns, case.dim, case.output, target, level, _LEVELS, sessions, case.personal_noise
    )


def prior_cuts(draw: np.random.Generator, n: int) -> FloatArray:
    """Draws ``(n, 2)`` of two cut points: density prod_k P(level k at f = 0)^0.1.

    By rejection: Phi(-x) <= exp(-x^2 / 2) for x >= 0, so the density is below exp(-(c_0^2 + c_1^2) / 20).
    """
    kept = np.empty((0, 2))
    while len(kept) < n:
        c = np.sort(draw.normal(0.0, np.sqrt(10.0), (2 * n + 20, 2)), axis=1)
        log = 0.1 * np.log(level_chance(c.T[:, None], np.zeros(1), np.ones(1))).sum(axis=(0, 1)) + (c**2).sum(1) / 20
        kept = np.concatenate([kept, c[draw.random(len(c)) < np.exp(log)]])
    return kept[:n]


def level_chance(cuts: FloatArray, f: FloatArray, root: FloatArray) -> FloatArray:
    """Chance of each level, ``(levels, n)``, for cut points ``(levels - 1,)`` or ``(levels - 1, 1, any)``."""
    ends = np.full((1, *cuts.shape[1:]), np.inf)
    edges = np.concatenate([-ends, cuts, ends])
    if cuts.ndim == 1:
        edges = edges[:, None]
    low, high = (edges[:-1] - f) * root, (edges[1:] - f) * root
    flip = low > 0.0  # the lower tail keeps its digits
    chance: FloatArray = np.maximum(
        special.ndtr(np.where(flip, -low, high)) - special.ndtr(np.where(flip, -high, low)), np.finfo(float).tiny
    )
    return chance


def from_prior(case: Case, draw: np.random.Generator) -> Chain:
    """A chain in a state drawn from the prior."""
    chain = Chain(blank(case, draw), int(draw.integers(2**31)), 0, np.float64)
    for k, field in enumerate(chain.problem.fields):
        width = 1 + case.dim
        for g, group in enumerate(field.groups):
            chain.precision[k][g] = np.full(width, _PRECISION) if case.known else draw.gamma(1.0, 1.0, width)
            spread = 1.0 / np.sqrt(chain.precision[k][g])
            chain.mean[k][g] = np.zeros(width) if case.known else draw.normal(0.0, spread)
            chain.weights[k][g] = draw.normal(chain.mean[k][g], spread, (len(group), width))
    if chain.sessions is not None:
        lengths = len(chain.sessions.weights)
        chain.sessions.precision = np.full(lengths, _PRECISION) if case.known else draw.gamma(1.0, 1.0, lengths)
        spreads = 1.0 / np.sqrt(chain.sessions.precision)
        chain.sessions.mean = np.zeros(lengths) if case.known else draw.normal(0.0, spreads)
        for offsets, mean, deviation in zip(chain.sessions.weights, chain.sessions.mean, spreads, strict=True):
            offsets[:] = draw.normal(mean, deviation, len(offsets))
    chain.embed()
    if case.personal_noise:
        chain.shape = float(draw.choice(sampler._SHAPES))
        chain.scales = draw.gamma(chain.shape, 1.0 / chain.shape, 12)
    if case.output == "gaussian":
        chain.noise = draw.gamma(1.0)
    else:
        chain.cuts = prior_cuts(draw, 1)[0]
    return chain


def fitted(chain: Chain) -> FloatArray:
    """The model's f of every rating, from the embeddings."""
    rows = chain.table[chain.problem.codes + chain.starts[:, None]]
    total = rows.sum(axis=0)
    pairs = np.square(total[:, 1:]).sum(axis=1) - np.square(rows[:, :, 1:]).sum(axis=(0, 2))
    out = np.asarray(chain.offset + total[:, 0] + 0.5 * pairs)
    if chain.sessions is not None:
        chain.sessions.add(1.0, out, np.array([0, 12]))
    return out


def rate(chain: Chain, draw: np.random.Generator) -> None:
    """New ratings, in place, from the chain's parameters."""
    chain._latent[:] = fitted(chain) + draw.normal(size=len(chain.problem)) / np.sqrt(chain.rating_precision())
    if chain.problem.output == "ordinal":
        chain.problem.level[:] = np.searchsorted(chain.cuts, chain._latent)
    else:
        chain.problem.target[:] = chain._latent


def flat(parts: list[list[FloatArray]]) -> FloatArray:
    return np.concatenate([part.ravel() for field in parts for part in field])


def session_numbers(chain: Chain) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
    """Precisions, means and standardised offsets of the sessions, where there are any."""
    if chain.sessions is None:
        return np.zeros(0), np.zeros(0), []
    mean, precision = chain.sessions.mean, chain.sessions.precision
    offsets = [(w - m) * np.sqrt(p) for w, m, p in zip(chain.sessions.weights, mean, precision, strict=True)]
    return precision, mean, offsets


def as_uniform(chain: Chain, draw: np.random.Generator) -> dict[str, FloatArray]:
    """The state and the ratings as numbers that are independent and uniform where the joint distribution is right.

    Numbers under different names need not be independent.
    """
    problem, f, root = chain.problem, fitted(chain), np.sqrt(chain.rating_precision())
    session_precision, session_mean, offsets = session_numbers(chain)
    precision = np.concatenate([flat(chain.precision), session_precision])
    mean = np.concatenate([flat(chain.mean), session_mean])
    rows: list[list[FloatArray]] = [
        [(w - m) * np.sqrt(p) for w, m, p in zip(*of_field, strict=True)]
        for of_field in zip(chain.weights, chain.mean, chain.precision, strict=True)
    ]
    error = (chain._latent - f) * root
    out = {
        "precision": special.gammainc(1.0, precision),
        "mean": special.ndtr(mean * np.sqrt(precision)),
        "ids": special.ndtr(flat([field[:1] for field in rows])),
        "features": special.ndtr(flat([field[1:] for field in rows if field[1:]])),
        "error": special.ndtr(error),
        "sum of errors": special.ndtr(error.sum(keepdims=True) / np.sqrt(len(f))),
        "size of errors": special.gammainc(len(f) / 2.0, np.square(error).sum(keepdims=True) / 2.0),
    }
    if problem.output == "gaussian":
        out["noise"] = special.gammainc(1.0, np.array([chain.noise]))
    else:
        below = np.cumsum(np.concatenate([np.zeros((1, len(f))), level_chance(chain.cuts, f, root)]), axis=0)
        n = np.arange(len(f))
        low, high = below[problem.level, n], below[problem.level + 1, n]
        out["level"] = low + draw.random(len(f)) * (high - low)
        out["cuts"] = chain.cuts  # no closed form: see where they are compared
    for s, offset in enumerate(offsets):
        out[f"offsets {s}"] = special.ndtr(offset)
    if problem.personal_noise:
        out["scale"] = special.gammainc(chain.shape, chain.shape * chain.scales)
        place = int(np.flatnonzero(chain.shape == sampler._SHAPES)[0])
        out["shape"] = (place + draw.random(1)) / len(sampler._SHAPES)
    return out


def assert_uniform(u: FloatArray, what: str) -> None:
    """Kolmogorov and Smirnov, and once more folded at 1/2, which sees a wrong spread."""
    for kind, values in (("", u), (", folded", np.abs(2.0 * u - 1.0))):
        p = stats.kstest(values, "uniform").pvalue
        assert p > _CHANCE, f"{what}{kind}: p = {p:.1e} over {len(u)} numbers, mean {values.mean():.3f}"


def alternate(case: Case, replicates: int, sweeps: int, seed: int = 0) -> dict[str, FloatArray]:
    """Numbers that are uniform when the sampler is right: those of `as_uniform` of many chains."""
    every: list[dict[str, FloatArray]] = []
    for number in range(replicates):
        draw = np.random.default_rng([seed, number])
        chain = from_prior(case, draw)
        for sweep in range(1, sweeps + 1):
            rate(chain, draw)
            chain.sweep(sweep)
        chain.embed()
        every.append(as_uniform(chain, draw))  # with the ratings that the last sweep saw
    out = {name: np.concatenate([one[name] for one in every]) for name in every[0]}
    if case.output == "ordinal":
        prior, cuts = prior_cuts(np.random.default_rng(seed), 100_000), out.pop("cuts").reshape(-1, 2)
        for k in range(2):
            out[f"cut {k}"] = np.searchsorted(np.sort(prior[:, k]), cuts[:, k]) / len(prior)
    return out


def rank(case: Case, replicates: int, burn_in: int, kept: int, thin: int) -> dict[str, FloatArray]:
    """Where the truth lies among a chain's draws, from 0 to 1."""
    ranks: dict[str, list[float]] = {}
    for number in range(replicates):
        draw = np.random.default_rng([1, number])
        truth = from_prior(case, draw)
        rate(truth, draw)
        # Ranks are uniform whatever the ratings, so ratings may be passed over for what they are: a cut point beside
        # a level that nobody used is rarely moved.
        while case.output == "ordinal" and np.bincount(truth.problem.level, minlength=_LEVELS).min() < 5:
            truth = from_prior(case, draw)
            rate(truth, draw)
        chain, drawn = Chain(truth.problem, number, 0), []
        if case.known:
            chain.mean, chain.precision = truth.mean, truth.precision
            if chain.sessions is not None and truth.sessions is not None:
                chain.sessions.mean, chain.sessions.precision = truth.sessions.mean, truth.sessions.precision
        for sweep in range(1, burn_in + kept * thin + 1):
            chain.sweep(sweep)
            if sweep > burn_in and (sweep - burn_in) % thin == 0:
                chain.embed()
                drawn.append(mixing(chain))
        for name, value in mixing(truth).items():
            others = np.array([one[name] for one in drawn])
            place = (others < value).sum() + draw.integers((others == value).sum() + 1)
            ranks.setdefault(name, []).append((place + draw.random()) / (kept + 1))
    return {name: np.array(values) for name, values in ranks.items()}


def known_prior(weights: FloatArray, mean: FloatArray, draw: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """In the place of `draw_prior`: nothing to draw."""
    return np.zeros_like(mean), np.full_like(mean, _PRECISION)


def known_prior_of_sums(
    n: int, total: FloatArray, squares: FloatArray, mean: FloatArray, draw: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """In the place of `draw_prior_of_sums`."""
    return known_prior(total, mean, draw)


def mixing(chain: Chain) -> dict[str, float]:
    """Quantities to rank: those that a chain forgets within some tens of sweeps."""
    problem, f, root = chain.problem, fitted(chain), np.sqrt(chain.rating_precision())
    if problem.output == "gaussian":
        error = (problem.target - f) * root
        out = {
            "noise": chain.noise,
            "squares": float(np.square(f - problem.target.mean()).sum()),
            "log-likelihood": float((np.log(root) - 0.5 * error**2).sum()),
            "log precision": float(np.log(chain.precision[0][1][0])),  # of the people's features' biases
        }
    else:
        likely = level_chance(chain.cuts, f, root)[problem.level, np.arange(len(f))]
        out = {
            "cut 0": float(chain.cuts[0]),
            "cut 1": float(chain.cuts[1]),
            "squares": float(np.square(f).sum()),
            "log-likelihood": float(np.log(likely).sum()),
        }
    out["one fitted value"] = float(f[0])
    if problem.personal_noise:
        out |= {"scale": float(chain.scales[0]), "shape": chain.shape}
    return out


@every_case
def test_alternating_ratings_and_sweeps_keeps_the_prior(case: Case) -> None:
    for name, u in alternate(replace(case, ratings=30), replicates=40, sweeps=30).items():
        assert_uniform(u, name)


def test_so_it_does_when_neighbours_are_drawn_given_the_ids_in_every_fourth_sweep_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sampler, "_MANY_RATINGS", 0)
    case = replace(_CASES["gaussian, personal noise"], ratings=30)
    for name, u in alternate(case, replicates=40, sweeps=30).items():
        assert_uniform(u, name)


@pytest.mark.slow
@every_case
def test_alternating_ratings_and_sweeps_keeps_the_prior_over_many_chains(case: Case) -> None:
    for name, u in alternate(replace(case, ratings=30), replicates=300, sweeps=100, seed=1).items():
        assert_uniform(u, name)


@pytest.mark.slow
@every_case
@pytest.mark.timeout(1800)
def test_the_truth_ranks_uniformly_among_the_draws(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    if case.output == "ordinal":
        case = replace(case, known=True)
        monkeypatch.setattr(sampler, "draw_prior", known_prior)
        monkeypatch.setattr(session_offsets, "draw_prior_of_sums", known_prior_of_sums)
    thin = 24 if case.output == "ordinal" else 8  # cut points and the level of f hold each other
    for name, u in rank(case, replicates=300, burn_in=80, kept=19, thin=thin).items():
        assert_uniform(u, name)
