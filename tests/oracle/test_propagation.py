"""The network against algebra written another way: dense matrices, torch's own autograd, PyTorch Geometric."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from reelgraph.core import FitContext, Interactions, Matrix, RatingScale
from reelgraph.graph import BipartiteGraph
from reelgraph.models.gcn.model import GCN
from reelgraph.models.gcn.network import GCNNetwork, fold_in_scorer
from reelgraph.train import checkpoint
from reelgraph.train.random_streams import torch_generator
from tests.conftest import make_interactions

torch.set_num_threads(1)


def pair() -> Interactions:
    """Two users, two items, three ratings: user degrees 2 and 1, item degrees 1 and 2, mean 4."""
    return make_interactions([(0, 0, 5), (0, 1, 3), (1, 1, 4)], 2, 2)


def network(train: Interactions, dim: int = 3, layers: int = 3, seed: int = 0) -> GCNNetwork:
    return GCNNetwork(
        BipartiteGraph.build(train),
        mean=float(train.rating.mean()),
        dim=dim,
        layers=layers,
        feature_pair=(None, None),
        rng=torch_generator(seed, "init"),
        device="cpu",
    )


def random_train(n_users: int = 12, n_items: int = 9) -> Interactions:
    draw = np.random.default_rng(5)
    cells = draw.permutation(n_users * n_items)[:40]
    return make_interactions([(int(c) // n_items, int(c) % n_items, float(draw.integers(1, 6))) for c in cells], 12, 9)


def dense_adjacency(train: Interactions) -> torch.Tensor:
    """D^-1/2 A D^-1/2 over users and items, from the ratings by the definition."""
    edges = (train.matrix().toarray() > 0).astype(np.float64)
    n = train.n_users
    whole = np.zeros((n + train.n_items,) * 2)
    whole[:n, n:], whole[n:, :n] = edges, edges.T
    degree = whole.sum(axis=1)
    scale = np.where(degree > 0, 1 / np.sqrt(np.maximum(degree, 1)), 0)
    return torch.from_numpy(scale[:, None] * whole * scale[None, :])


def test_forward_pass_by_hand() -> None:
    net = network(pair(), dim=1, layers=1)
    with torch.no_grad():
        net.user.copy_(torch.tensor([[1.0], [2.0]]))
        net.item.copy_(torch.tensor([[3.0], [-1.0]]))
        net.user_bias.copy_(torch.tensor([0.1, -0.2]))
        net.item_bias.copy_(torch.tensor([0.3, 0.0]))
        net.output.weight.copy_(torch.tensor([[0.5, -0.25, 2.0]]))
        net.output.bias.fill_(0.05)
    # One convolution: user 0 gets 3 / sqrt(2 * 1) - 1 / sqrt(2 * 2), user 1 gets -1 / sqrt(1 * 2), and back.
    users = [(1 + 3 / 2**0.5 - 1 / 2) / 2, (2 - 1 / 2**0.5) / 2]
    items = [(3 + 1 / 2**0.5) / 2, (-1 + 1 / 2 + 2 / 2**0.5) / 2]
    user_table, item_table = net.embed()
    assert user_table[:, 0].tolist() == pytest.approx(users, rel=1e-6)
    assert item_table[:, 0].tolist() == pytest.approx(items, rel=1e-6)
    expected = [
        4 + 0.1 + 0.3 + 0.05 + 0.5 * users[0] - 0.25 * items[0] + 2 * users[0] * items[0],
        4 - 0.2 + 0.0 + 0.05 + 0.5 * users[1] - 0.25 * items[1] + 2 * users[1] * items[1],
    ]
    stars = net(torch.tensor([0, 1]), torch.tensor([0, 1]))
    assert stars.tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("layers", [0, 1, 2])
@pytest.mark.parametrize("loss", ["mse", "huber"])
def test_one_gradient_step_equals_dense_autograd(tmp_path: Path, layers: int, loss: str) -> None:
    train = pair()
    model = GCN(
        dim=2, layers=layers, epochs=1, batch_size=8, learning_rate=0.1, optimiser="sgd", l2=0.3, features=False,
        loss=loss, huber_delta=0.5,
    )  # fmt: skip
    model.fit(train, FitContext(checkpoint_dir=tmp_path))
    found = checkpoint.read(tmp_path)
    assert found is not None

    start = {name: value.detach().double() for name, value in network(train, dim=2, layers=layers).named_parameters()}
    leaf = {name: value.clone().requires_grad_() for name, value in start.items()}
    spread = dense_adjacency(train)
    table = layer = torch.cat([leaf["user"], leaf["item"]])
    for _ in range(layers):
        layer = spread @ layer
        table = table + layer
    table = table / (layers + 1)
    users, items = torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1])
    a, b, w = leaf["output.weight"][0].split(2)
    zu, zi = table[:2][users], table[2:][items]
    stars = 4 + zu @ a + zi @ b + (zu * zi) @ w + leaf["output.bias"]
    error = stars + leaf["user_bias"][users] + leaf["item_bias"][items] - torch.tensor([5.0, 3.0, 4.0])
    huber = torch.where(error.abs() < 0.5, error**2 / 2, 0.5 * (error.abs() - 0.25))
    penalty = (leaf["user"][users] ** 2).sum() + (leaf["item"][items] ** 2).sum()
    penalty = penalty + (leaf["user_bias"][users] ** 2).sum() + (leaf["item_bias"][items] ** 2).sum()
    ((error**2 if loss == "mse" else huber).mean() + 0.3 * penalty / 3).backward()

    for name, value in leaf.items():
        assert value.grad is not None
        assert value.grad.abs().max() > 1e-3, f"{name} must move for this to say anything"
        stepped = (start[name] - 0.1 * value.grad).float()
        torch.testing.assert_close(
            torch.from_numpy(found[0][f"module.{name}"]), stepped, rtol=1e-5, atol=1e-6, msg=name
        )


@pytest.mark.parametrize("layers", [1, 3])
def test_embeddings_equal_mean_of_dense_matrix_powers(layers: int) -> None:
    train = random_train()
    net, spread = network(train, layers=layers), dense_adjacency(train)
    start = torch.cat([net.user, net.item]).double()
    expected = sum(torch.linalg.matrix_power(spread, k) @ start for k in range(layers + 1)) / (layers + 1)
    torch.testing.assert_close(torch.cat(net.embed()).double(), expected, rtol=1e-5, atol=1e-6)


def test_embeddings_equal_those_of_pytorch_geometric() -> None:
    geometric = pytest.importorskip("torch_geometric.nn")
    train, layers = random_train(), 3
    net = network(train, layers=layers)
    there, back = torch.from_numpy(train.user_row.astype(np.int64)), torch.from_numpy(train.item_row.astype(np.int64))
    edges = torch.stack([torch.cat([there, back + 12]), torch.cat([back + 12, there])])
    convolve = geometric.LGConv()
    with torch.no_grad():
        total = layer = torch.cat([net.user, net.item])
        for _ in range(layers):
            layer = convolve(layer, edges)
            total = total + layer
        torch.testing.assert_close(torch.cat(net.embed()), total / (layers + 1), rtol=0, atol=1e-6)


def test_no_layers_is_matrix_factorisation_and_ignores_the_graph() -> None:
    train = random_train()
    net, other = network(train, layers=0), network(pair(), layers=0)
    assert torch.equal(net.embed()[0], net.user)
    assert torch.equal(net.embed()[1], net.item)
    assert other.layers == 0
    users, items = torch.tensor([0, 3, 11]), torch.tensor([8, 0, 4])
    a, b, w = (part.numpy() for part in net.output.weight.detach()[0].split(3))
    u, i = net.user.detach().numpy()[users], net.item.detach().numpy()[items]
    expected = train.rating.mean() + u @ a + i @ b + (u * i) @ w
    np.testing.assert_allclose(net(users, items).detach().numpy(), expected, rtol=1e-5)


def test_scorer_gives_the_stars_of_the_network_for_a_trained_users_vector() -> None:
    train = random_train()
    net = network(train)
    with torch.no_grad():
        net.user_bias.normal_(generator=torch.Generator().manual_seed(1))
        net.item_bias.normal_(generator=torch.Generator().manual_seed(2))
        net.output.weight.normal_(generator=torch.Generator().manual_seed(3))
        net.output.bias.fill_(0.7)
    scorer = fold_in_scorer(net, RatingScale(1, 5, 1))
    users, items = (grid.ravel() for grid in torch.meshgrid(torch.arange(12), torch.arange(9), indexing="ij"))
    expected = net(users, items).detach().numpy().reshape(12, 9)
    people = np.column_stack([net.user_bias.detach().numpy(), net.embed()[0].detach().numpy()])
    np.testing.assert_allclose(scorer.base + people @ scorer.design.T, expected, rtol=1e-5, atol=1e-5)
    rated = np.bincount(train.user_row, minlength=12) > 0  # who has no rating says nothing of what people are like
    assert not rated.all()
    np.testing.assert_allclose(scorer.prior_mean, people[rated].mean(axis=0), rtol=1e-5, atol=1e-6)
    spread = np.linalg.inv(scorer.prior_precision)
    np.testing.assert_allclose(spread, np.cov(people[rated].T), atol=1e-3 * np.trace(spread))


def test_features_join_layer_zero_as_their_mean() -> None:
    side = Matrix(np.array([[1, 1], [0, 1]], np.float32))
    net = GCNNetwork(
        BipartiteGraph.build(pair()), mean=4.0, dim=2, layers=0, feature_pair=(None, side),
        rng=torch_generator(0, "init"), device="cpu",
    )  # fmt: skip
    assert net.item_feature is not None
    expected = net.item + torch.tensor([[0.5, 0.5], [0.0, 1.0]]) @ net.item_feature
    torch.testing.assert_close(net.embed()[1], expected)
    assert torch.equal(net.embed()[0], net.user)
