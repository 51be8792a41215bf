import numpy as np
import pytest
from scipy import sparse

from reelgraph.core import Interactions, Matrix
from reelgraph.core.errors import CapabilityError, ConfigError, LeakError
from reelgraph.graph import BipartiteGraph
from tests.conftest import make_interactions


def test_normalisation_by_hand(tiny: Interactions) -> None:
    # User degrees 2, 3, 2; item degrees 2, 3, 2, 0. Each edge weighs 1 / sqrt(degree * degree).
    expected = np.array(
        [
            [1 / 2, 1 / np.sqrt(6), 0, 0],
            [1 / np.sqrt(6), 1 / 3, 1 / np.sqrt(6), 0],
            [0, 1 / np.sqrt(6), 1 / 2, 0],
        ]
    )
    graph = BipartiteGraph.build(tiny)
    np.testing.assert_allclose(graph.normalised.toarray(), expected, rtol=1e-6)
    assert graph.normalised.dtype == np.float32


def test_other_powers_by_hand(tiny: Interactions) -> None:
    weights = BipartiteGraph.build(tiny).normalise(1.0, 0.0).toarray()
    np.testing.assert_allclose(weights.sum(axis=1), [1, 1, 1], rtol=1e-6)  # a mean over the user's movies


def test_adjacency_is_symmetric_with_users_first(tiny: Interactions) -> None:
    graph = BipartiteGraph.build(tiny)
    dense = graph.adjacency.toarray()
    np.testing.assert_array_equal(dense, dense.T)
    np.testing.assert_array_equal(dense[:3, 3:], graph.normalised.toarray())
    assert not dense[:3, :3].any()
    assert not dense[3:, 3:].any()


def test_repr_is_one_line(tiny: Interactions) -> None:
    assert repr(BipartiteGraph.build(tiny)) == "BipartiteGraph: 3 users, 4 items, 7 edges"


def test_statistics_by_hand(tiny: Interactions) -> None:
    found = BipartiteGraph.build(tiny).statistics()
    assert (found.users, found.items, found.edges, found.isolated_users, found.isolated_items) == (3, 4, 7, 0, 1)
    assert found.density == pytest.approx(7 / 12)
    assert found.median_user_degree == 2
    assert found.median_item_degree == 2


def test_graph_with_a_target_edge_is_refused(tiny: Interactions) -> None:
    graph = BipartiteGraph.build(tiny)
    target = Matrix(sparse.csr_array(([4.0], ([0], [2])), shape=(1, 4)))
    graph.require_without(target, np.array([0]))  # user 0 has not rated item 2
    with pytest.raises(LeakError, match="holds 1 of the edges .* user row 1, item row 2"):
        graph.require_without(target, np.array([1]))


def test_pyg_holds_every_edge_once_each_way(tiny: Interactions) -> None:
    pytest.importorskip("torch_geometric")
    data = BipartiteGraph.build(tiny).to_pyg(item=np.eye(4))
    forward, back = data["user", "rates", "item"], data["item", "rated_by", "user"]
    pairs = {(int(u), int(i)): float(r) for u, i, r in zip(*forward.edge_index, forward.edge_attr, strict=True)}
    assert pairs == {(0, 0): 5, (0, 1): 3, (1, 0): 4, (1, 1): 1, (1, 2): 5, (2, 1): 2, (2, 2): 4}
    assert {(int(u), int(i)) for i, u in back.edge_index.T} == set(pairs)
    assert data["item"].x.shape == (4, 4)
    assert data["user"].num_nodes == 3
    data.validate()


def test_pyg_features_of_wrong_length_are_refused(tiny: Interactions) -> None:
    pytest.importorskip("torch_geometric")
    graph = BipartiteGraph.build(tiny)
    with pytest.raises(ConfigError, match="features of 3 nodes given, the graph has 4"):
        graph.to_pyg(item=np.eye(3))
    with pytest.raises(ConfigError, match="did you mean 'item'"):
        graph.to_pyg(items=np.eye(4))


def test_pyg_missing_tells_what_to_install(tiny: Interactions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch_geometric.data", None)
    with pytest.raises(CapabilityError, match=r"reelgraph\[train\]"):
        BipartiteGraph.build(tiny).to_pyg()


def test_zero_stars_are_an_edge() -> None:
    graph = BipartiteGraph.build(make_interactions([(0, 0, 0), (0, 1, 5)], 1, 2))
    assert (graph.n_edges, graph.item_degree.tolist()) == (2, [1, 1])
    with pytest.raises(LeakError, match="holds 2 of the edges"):
        graph.require_without(graph.ratings, np.array([0]))
