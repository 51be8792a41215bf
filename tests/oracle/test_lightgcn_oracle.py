"""`lightgcn` against PyTorch Geometric, against gradients worked by hand, and against its own scorer."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from reelgraph.core import FitContext, Interactions, Matrix
from reelgraph.graph import BipartiteGraph
from reelgraph.models.lightgcn import losses as losses
from reelgraph.models.lightgcn.model import LightGCN
from reelgraph.models.lightgcn.network import LightGCNNetwork
from reelgraph.models.lightgcn.training_task import LightGCNTask
from reelgraph.scorers import EmbeddingScorer
from reelgraph.train import SparseOperator
from reelgraph.train.negative_sampling import NegativeSampler
from reelgraph.train.random_streams import torch_generator
from tests.conftest import make_interactions

torch.set_num_threads(1)


def ratings() -> Interactions:
    draw = np.random.default_rng(5)
    cells = draw.permutation(12 * 9)[:50]
    return make_interactions([(int(c) // 9, int(c) % 9, float(draw.integers(1, 6))) for c in cells], 12, 9)


def network(train: Interactions, layers: int, users: bool, targets: bool = False) -> LightGCNNetwork:
    return LightGCNNetwork(
        BipartiteGraph.build(train),
        dim=4,
        layer_weights=(1.0 / (layers + 1),) * (layers + 1),
        powers=(0.5, 0.5),
        values=np.ones(len(train), np.float32),
        users=users,
        targets=targets,
        item_features=None,
        rng=torch_generator(0, "init"),
        device="cpu",
    )


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_propagation_is_that_of_pytorch_geometric(layers: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        conv = pytest.importorskip("torch_geometric.nn").LGConv()
    train = ratings()
    net = network(train, layers, users=True)
    assert net.user is not None
    users, items = net.propagate()
    there = torch.from_numpy(np.stack([train.user_row, train.item_row + 12]).astype(np.int64))
    edge_index = torch.cat([there, there.flip(0)], dim=1)
    x = torch.cat([net.user, net.item])
    total = x / (layers + 1)
    for _ in range(layers):
        x = conv(x, edge_index)
        total = total + x / (layers + 1)
    torch.testing.assert_close(torch.cat([users, items]), total, atol=1e-6, rtol=1e-5)


def softmax_of(scores: torch.Tensor, own: list[int], weight: list[float], power: float, unrated: bool) -> torch.Tensor:
    """The loss of one person whose scores are given: their vector is 1, the movies' are the scores."""
    positives = losses.Positives(torch.zeros(len(own), dtype=torch.int64), torch.tensor(own), torch.tensor(weight))
    return losses.softmax(torch.ones(1, 1), scores[:, None], torch.zeros(len(scores)), positives, power, unrated)


def test_gradient_of_the_full_softmax_by_hand() -> None:
    scores = torch.tensor([0.0, float(np.log(3.0))], requires_grad=True)
    loss = softmax_of(scores, [0], [1.0], 0.5, unrated=False)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(np.log(4.0))  # chances 1/4 and 3/4, the first is the right one
    np.testing.assert_allclose(scores.grad, [0.25 - 1.0, 0.75], rtol=1e-6)


def test_gradient_of_the_softmax_against_the_unrated_by_hand() -> None:
    """Two of four movies rated: each stands against itself and the two others alone."""
    scores = torch.log(torch.tensor([1.0, 4.0, 3.0, 1.0])).requires_grad_()
    loss = softmax_of(scores, [0, 1], [1.0, 2.0], 1.0, unrated=True)
    loss.backward()  # type: ignore[no-untyped-call]
    # Movie 0 has the chance 1 / (1 + 4), movie 1 has 4 / (4 + 4); weights 1/3 and 2/3.
    assert loss.item() == pytest.approx(np.log(5) / 3 + 2 * np.log(2) / 3)
    lost = np.array([4 / 5 / 3, 1 / 2 * 2 / 3])
    others = lost.sum() * np.array([3 / 4, 1 / 4])  # shared out as the unrated movies' chances
    np.testing.assert_allclose(scores.grad, [-lost[0], -lost[1], others[0], others[1]], rtol=1e-6)


def test_someone_who_rated_every_movie_loses_nothing_to_the_unrated() -> None:
    scores = torch.tensor([1.0, -2.0], requires_grad=True)
    loss = softmax_of(scores, [0, 1], [1.0, 1.0], 0.5, unrated=True)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    np.testing.assert_array_equal(scores.grad, [0.0, 0.0])


@pytest.mark.parametrize("unrated", [False, True])
@pytest.mark.parametrize("scores_at_once", [2**22, 1])  # all people, or 16 of them, at a time
def test_softmax_is_its_formula_under_autograd(
    unrated: bool, scores_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "_SCORES", scores_at_once)
    draw = torch.Generator().manual_seed(0)
    rated = torch.rand(40, 9, generator=draw) < 0.3
    rated[3] = False  # nobody's movies, in the middle of a block
    person, item = rated.nonzero(as_tuple=True)
    positives = losses.Positives(person, item, torch.rand(len(person), generator=draw).double() + 0.1)
    leaves = [torch.randn(*shape, generator=draw).double().requires_grad_() for shape in ((40, 5), (9, 5), (9,))]
    scores = leaves[0] @ leaves[1].T + leaves[2]
    count = torch.zeros(40).double().index_add_(0, person, positives.weight)
    other = scores.masked_fill(rated, -torch.inf) if unrated else scores
    denominators = torch.logsumexp(other, dim=1)[person]
    if unrated:
        denominators = torch.logaddexp(denominators, scores[rated])
    per_rating = positives.weight * count.clamp(min=1.0)[person] ** -0.3
    expected = (per_rating * (denominators - scores[rated])).sum() / 40
    loss = losses.softmax(*leaves, positives, 0.3, unrated)  # type: ignore[misc, arg-type]
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(torch.autograd.grad(loss, leaves), torch.autograd.grad(expected, leaves))


@pytest.mark.parametrize("loss", ["softmax", "unrated-softmax", "sampled-softmax"])
@pytest.mark.parametrize("edge_dropout", [0.0, 0.5])
@pytest.mark.parametrize(("own_targets", "l2"), [(True, 0.0), (False, 0.0), (True, 0.1), (False, 0.1)])
def test_the_batch_alone_gives_the_loss_and_the_gradients_of_the_whole_graph(
    loss: str, edge_dropout: float, own_targets: bool, l2: float
) -> None:
    """Step after step: what one step leaves in the gradients that are kept is not in the next."""
    settings: dict[str, Any] = {"loss": loss, "edge_dropout": edge_dropout, "own_targets": own_targets, "l2": l2}
    task = LightGCNTask(LightGCN(dim=4, batch_size=2, negatives=2, **settings), ratings(), FitContext())
    n_users = 12
    for step in task.batches(1):
        assert step.sources is not None
        assert step.edges is not None
        people = step.batches[0].people
        # The same edges as rows of the whole graph, the others' rows empty.
        mine = step.edges(torch.eye(len(step.sources))).numpy()
        whole = np.zeros((n_users, 9), np.float32)
        whole[np.ix_(people, step.sources)] = mine
        large = dataclasses.replace(step, edges=SparseOperator.of(Matrix(whole)), sources=None)
        found = []
        for one in (step, large):
            task.module.zero_grad()
            value = task.loss(one)[0]
            value.backward()  # type: ignore[no-untyped-call]
            found.append(
                [value.detach(), *(None if p.grad is None else p.grad.clone() for p in task.module.parameters())]
            )
        torch.testing.assert_close(found[0], found[1], rtol=1e-5, atol=1e-7)


def test_one_step_of_the_network_by_hand() -> None:
    """One person with movies 0 and 1 of three, one layer: the gradient that a step follows is worked out."""
    train = make_interactions([(0, 0, 4), (0, 1, 4)], 1, 3)
    net = network(train, 1, users=False)
    with torch.no_grad():
        net.item.copy_(torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0]]))
    users, items = net.propagate()
    # z_u = 1/2 (e_0 + e_1) / sqrt(2), z_i = e_i / 2: scores z_u . z_i are 1 / (4 sqrt 2) twice, and 0.
    a = 1 / (4 * np.sqrt(2))
    scores = users @ items.T
    np.testing.assert_allclose(scores.detach(), [[a, a, 0.0]], rtol=1e-6)
    both_rated = losses.Positives(torch.zeros(2, dtype=torch.int64), torch.tensor([0, 1]), torch.ones(2))
    loss = losses.softmax(users, items, torch.zeros(3), both_rated, 1.0, unrated_only=False)
    loss.backward()  # type: ignore[no-untyped-call]
    top = np.exp(a) / (2 * np.exp(a) + 1)
    g = np.array([top - 0.5, top - 0.5, 1 - 2 * top])  # of the loss in the three scores
    # s_i = (e_0 + e_1) . e_i / (4 sqrt 2), so e_i gets g_i (e_0 + e_1) / (4 sqrt 2), and e_0, e_1 also sum_i g_i e_i.
    both, weighted = np.array([1, 1, 0, 0.0]), np.array([g[0], g[1], g[2], 0.0])
    expected = a * np.stack([g[0] * both + weighted, g[1] * both + weighted, g[2] * both])
    assert net.item.grad is not None
    np.testing.assert_allclose(net.item.grad, expected, atol=1e-7)


def test_one_step_with_targets_of_their_own_by_hand() -> None:
    """What movies bring gets the gradient through the person only, what they are the one through the scores only."""
    train = make_interactions([(0, 0, 4), (0, 1, 4)], 1, 3)
    net = network(train, 1, users=False, targets=True)
    assert net.target is not None
    torch.testing.assert_close(net.target, net.item)  # both tables begin alike
    with torch.no_grad():
        net.item.copy_(torch.eye(3, 4))
        net.target.copy_(torch.tensor([[0.0, 0, 0, 0], [0, 0, 0, 0], [2.0, 2.0, 0, 0]]))
    users, items = net.propagate()
    a = 1 / (4 * np.sqrt(2))  # z_u = (e_0 + e_1) / (2 sqrt 2), z_i = t_i / 2: scores a (e_0 + e_1) . t_i
    scores = users @ items.T
    np.testing.assert_allclose(scores.detach(), [[0.0, 0.0, 4 * a]], rtol=1e-6)
    both_rated = losses.Positives(torch.zeros(2, dtype=torch.int64), torch.tensor([0, 1]), torch.ones(2))
    loss = losses.softmax(users, items, torch.zeros(3), both_rated, 1.0, unrated_only=False)
    loss.backward()  # type: ignore[no-untyped-call]
    top = 1 / (2 + np.exp(4 * a))
    g = np.array([top - 0.5, top - 0.5, 1 - 2 * top])
    both = np.array([1, 1, 0, 0.0])
    assert net.target.grad is not None
    assert net.item.grad is not None
    np.testing.assert_allclose(net.target.grad, a * g[:, None] * both, atol=1e-7)
    np.testing.assert_allclose(net.item.grad, a * np.array([[1.0], [1], [0]]) * (2 * g[2] * both), atol=1e-7)


def test_popularity_is_the_log_of_the_ratings_on_top() -> None:
    train = ratings()
    plain = LightGCN(dim=4, epochs=2, popularity=0.0).fit(train).scorer
    more = LightGCN(dim=4, epochs=2, popularity=0.5).fit(train).scorer
    counts = np.bincount(train.item_row, minlength=train.n_items)
    added = more.score(train.matrix()) - plain.score(train.matrix())
    np.testing.assert_allclose(added, np.tile(0.5 * np.log1p(counts), (train.n_users, 1)), atol=1e-5)


def test_steps_of_an_epoch_are_of_equal_size() -> None:
    train = ratings()  # 12 people
    task = LightGCNTask(LightGCN(batch_size=5, edge_dropout=0.0), train, FitContext())
    sizes = [len(step.batches[0].people) for step in task.batches(1)]
    assert sum(sizes) == len(np.unique(train.user_row))
    assert max(sizes) - min(sizes) <= 1


def test_other_losses_on_known_values() -> None:
    zero, ones = torch.zeros(3), torch.ones(3)
    assert float(losses.bpr(zero, torch.zeros(3, 2), ones)) == pytest.approx(np.log(2))
    assert float(losses.bpr(zero, torch.zeros(3, 2), 2 * ones)) == pytest.approx(2 * np.log(2))
    pairs = torch.eye(2)
    # Aligned pairs at a right angle: the squared distance is 2, so both uniformities are -4.
    assert float(losses.alignment_uniformity(pairs, pairs, 0.5, torch.ones(2))) == pytest.approx(-2.0, rel=1e-5)
    expected = -np.log(np.exp(1 / 0.5) / (np.exp(1 / 0.5) + 1))
    assert float(losses.info_nce(pairs, pairs, 0.5)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_known_people_are_folded_in_to_the_vectors_of_the_network(layers: int) -> None:
    train = ratings()
    net = network(train, layers, users=False)
    with torch.no_grad():
        net.item_bias.copy_(torch.linspace(-1, 1, 9))
        users, items = net.propagate()
    scorer = net.scorer(cosine=True, temperature=0.2, bias=True, rating_power=0.0, unit_stars=4.0)
    expected = functional.normalize(users, dim=1) @ functional.normalize(items, dim=1).T / 0.2 + net.item_bias.detach()
    rated = np.diff(train.matrix().indptr) > 0
    np.testing.assert_allclose(scorer.score(train.matrix())[rated], expected.numpy()[rated], atol=1e-5)


def test_contributions_sum_to_the_score() -> None:
    model = LightGCN(dim=8, epochs=3, batch_size=4)
    train = ratings()
    scorer = model.fit(train).scorer
    assert isinstance(scorer, EmbeddingScorer)
    history = train.matrix()[[3]]
    total = scorer.contributions(history, np.arange(9)).total()
    np.testing.assert_allclose(total, scorer.score(history)[0], atol=2e-6)


@pytest.mark.parametrize("loss", ["softmax", "unrated-softmax", "sampled-softmax", "bpr", "directau", "xsimgcl"])
def test_every_loss_trains_and_the_same_seed_gives_the_same_arrays(loss: str) -> None:
    model = LightGCN(dim=8, epochs=12, batch_size=8, loss=loss, layers=2, negatives=4)  # type: ignore[arg-type]
    one, other = model.fit(ratings()), model.fit(ratings())
    assert one.history[-1].train_loss < one.history[0].train_loss
    for name, array in one.scorer.arrays().items():
        np.testing.assert_array_equal(array, other.scorer.arrays()[name])


def test_negatives_are_movies_not_rated_and_all_of_them_come() -> None:
    train = ratings()
    rated = train.matrix()
    sampler = NegativeSampler.of(rated)
    users = np.repeat(np.arange(12), 40)
    drawn = sampler.draw(users, 5, np.random.default_rng(0))
    assert drawn.shape == (480, 5)
    assert not (rated.toarray()[users[:, None], drawn] > 0).any()
    for user in range(12):
        unrated = np.flatnonzero(rated.toarray()[user] == 0)
        assert set(drawn[users == user].ravel().tolist()) == set(unrated.tolist())


def test_negatives_are_drawn_evenly_and_someone_who_rated_all_gets_some() -> None:
    rated = make_interactions([(0, 1, 3), (0, 2, 3), *((1, item, 3) for item in range(5))], 2, 5).matrix()
    drawn = NegativeSampler.of(rated).draw(np.zeros(3000, np.int64), 2, np.random.default_rng(1)).ravel()
    counts = np.bincount(drawn, minlength=5)
    assert counts[[1, 2]].sum() == 0
    assert np.abs(counts[[0, 3, 4]] - 2000).max() < 200  # 5.5 standard deviations
    assert (NegativeSampler.of(rated).draw(np.ones(3, np.int64), 2, np.random.default_rng(1)) < 5).all()


@pytest.mark.parametrize("loss", ["softmax", "unrated-softmax"])
def test_a_stopped_run_goes_on_to_the_arrays_of_one_never_stopped(loss: str, tmp_path: Path) -> None:
    def fitted(epochs: int, context: FitContext) -> EmbeddingScorer:
        model = LightGCN(dim=4, batch_size=5, loss=loss, epochs=epochs)  # type: ignore[arg-type]
        scorer = model.fit(ratings(), context).scorer
        assert isinstance(scorer, EmbeddingScorer)
        return scorer

    whole = fitted(4, FitContext(seed=3))
    half = fitted(2, FitContext(seed=3, checkpoint_dir=tmp_path))
    gone_on = fitted(4, FitContext(seed=3, checkpoint_dir=tmp_path, resume=True))
    assert not np.array_equal(half.target, whole.target)
    for name, array in whole.arrays().items():
        np.testing.assert_array_equal(array, gone_on.arrays()[name])
