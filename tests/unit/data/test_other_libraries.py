"""Data sets of other libraries: those that are installed, and stand-ins with the methods of those that are not."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import reelgraph as rg
from reelgraph.core.errors import DataFormatError

TABLE = {"user_id": [1, 1, 2], "item_id": [10, 20, 10], "rating": [5.0, 3.0, 4.0], "timestamp": [7, 8, 9]}


class LikeLensKit:
    """As ``lenskit.data.Dataset``."""

    def interaction_table(self, *, format: str, original_ids: bool) -> pl.DataFrame:
        assert (format, original_ids) == ("arrow", True)
        return pl.DataFrame(TABLE)


class LikeHuggingFace:
    """As ``datasets.Dataset``, which has neither of the interfaces of data frames."""

    def to_polars(self) -> pl.DataFrame:
        return pl.DataFrame(TABLE)


def rows(data: rg.Dataset) -> list[tuple[Any, ...]]:
    return list(zip(*(values.tolist() for values in data.to_dict().values()), strict=True))


@pytest.mark.parametrize("source", [LikeLensKit(), LikeHuggingFace()], ids=["lenskit", "hugging face"])
def test_a_data_set_is_read_as_its_table(source: Any) -> None:
    assert rows(rg.from_frame(source)) == rows(rg.from_frame(TABLE))
    assert rows(rg.read(source)) == rows(rg.from_frame(TABLE))


def test_of_several_tables_one_is_asked_for() -> None:
    parts = {"train": LikeHuggingFace(), "test": LikeHuggingFace()}
    with pytest.raises(DataFormatError, match=r"one table, found those of train, test \(give one: data\['train'\]\)"):
        rg.from_frame(parts)


def graph(*kinds: tuple[str, str, str], **edges: Any) -> Any:
    torch = pytest.importorskip("torch")
    data = pytest.importorskip("torch_geometric.data").HeteroData()
    for kind in kinds:
        data[kind].edge_index = torch.tensor([[0, 0, 1], [1, 2, 1]])
        for name, values in edges.items():
            data[kind][name] = torch.tensor(values)
    return data


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_graph_of_pytorch_geometric() -> None:
    kinds = (("user", "rates", "movie"), ("movie", "rev_rates", "user"))
    data = rg.from_frame(graph(*kinds, edge_label=[5, 3, 4], time=[7, 8, 9]))
    assert rows(data) == [(0, 1, 5.0, 7), (0, 2, 3.0, 8), (1, 1, 4.0, 9)]
    views = rg.from_frame(graph(kinds[0]))
    assert views.ratings.feedback == "implicit"
    columns = rg.from_frame(graph(kinds[0], edge_attr=[[5.0], [3.0], [4.0]]))
    assert columns.ratings.rating.tolist() == [5, 3, 4]
    with pytest.raises(DataFormatError, match="one number for each of 3 edges, found 3 x 2"):
        rg.from_frame(graph(kinds[0], edge_attr=[[5.0, 0.0], [3.0, 0.0], [4.0, 0.0]]))
    with pytest.raises(DataFormatError, match="found user-rates-movie, user-likes-movie"):
        rg.from_frame(graph(kinds[0], ("user", "likes", "movie")))
