"""Item vectors for other programs: the cosines of `similar`, and the neighbours that faiss and usearch find by them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import reelgraph as rg
from reelgraph.bundle import Bundle
from reelgraph.cli import main
from reelgraph.core import Catalogue, IdIndex, Interactions, Matrix
from reelgraph.core.errors import CapabilityError
from reelgraph.models.graph_filter.model import GraphFilter
from reelgraph.recommend import Recommender
from reelgraph.scorers import LowRankFilterScorer, PopularityScorer

K = 8


@pytest.fixture(scope="module")
def recommender() -> Recommender:
    """200 people with two-dimensional tastes for 60 movies, and a closed form fitted to them."""
    draw = np.random.default_rng(7)
    stars = np.clip(np.round(3.2 + 0.9 * draw.normal(size=(200, 2)) @ draw.normal(size=(2, 60))), 1, 5)
    stars[draw.random((200, 60)) < 0.5] = 0
    from tests.conftest import make_interactions

    edges = [(user, item, float(stars[user, item])) for user, item in np.argwhere(stars).tolist()]
    train = make_interactions(edges, 200, 60)
    catalogue = Catalogue.from_ids(train.items.ids)
    scorer = GraphFilter(choose=False).fit(train).scorer
    return Recommender(Bundle(scorer, train.users, train.items, train.matrix(), catalogue, train.scale, {}))


@pytest.fixture
def exported(recommender: Recommender, tmp_path: Path) -> pl.DataFrame:
    """The file that the command writes, read back."""
    recommender.bundle.save(tmp_path / "bundle")
    assert main(["export", str(tmp_path / "bundle"), "--vectors", str(tmp_path / "items.parquet")]) == 0
    return pl.read_parquet(tmp_path / "items.parquet")


def neighbours(recommender: Recommender, item: int) -> list[int | str]:
    return [line.item_id for line in recommender.similar(item, K)]


def test_inner_products_are_the_cosines_of_similar(recommender: Recommender, exported: pl.DataFrame) -> None:
    assert exported.columns == ["item_id", "title", "year", "vector"]
    assert exported["item_id"].to_list() == recommender.items.ids.tolist()
    vectors = exported["vector"].to_numpy()
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    row_of = {item_id: row for row, item_id in enumerate(exported["item_id"].to_list())}
    for item in exported["item_id"].to_list()[::7]:
        for line in recommender.similar(item, 59):
            cosine = float(vectors[row_of[item]] @ vectors[row_of[line.item_id]])
            assert cosine == pytest.approx(line.score, abs=2e-6)


def found_by(search: Callable[[np.ndarray], np.ndarray], recommender: Recommender, exported: pl.DataFrame) -> None:
    """The nearest rows of each vector are those of `similar`, itself left out."""
    ids, vectors = exported["item_id"].to_numpy(), exported["vector"].to_numpy()
    rows = search(vectors)
    for row, item in enumerate(ids.tolist()):
        others = [found for found in ids[rows[row]].tolist() if found != item][:K]
        assert others == neighbours(recommender, item)


def test_faiss_finds_what_similar_lists(recommender: Recommender, exported: pl.DataFrame) -> None:
    faiss = pytest.importorskip("faiss", reason="faiss-cpu is not installed")

    def search(vectors: np.ndarray) -> np.ndarray:
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        rows: np.ndarray = index.search(vectors, K + 1)[1]
        return rows

    found_by(search, recommender, exported)


def test_usearch_finds_what_similar_lists(recommender: Recommender, exported: pl.DataFrame) -> None:
    usearch = pytest.importorskip("usearch.index", reason="usearch is not installed")

    def search(vectors: np.ndarray) -> np.ndarray:
        index = usearch.Index(ndim=vectors.shape[1], metric="cos", dtype="f32")
        index.add(np.arange(len(vectors)), vectors)
        rows: np.ndarray = index.search(vectors, K + 1, exact=True).keys.astype(np.int64)
        return rows

    found_by(search, recommender, exported)


def test_an_item_that_is_never_listed_is_like_none() -> None:
    """Item 40 has no rating, so the closed form knows nothing about it."""
    table = {"user": [1, 1, 2, 2, 2, 3, 3], "item": [10, 20, 10, 20, 30, 20, 30], "rating": [5, 3, 4, 1, 5, 2, 4]}
    data = rg.from_frame(table)
    interactions = rg.index(data.ratings, extra_items=np.array([40]))
    split = rg.split(interactions, rg.Random(valid=0.0, test=0.0))
    bundle = rg.Bundle.create(rg.GraphFilter(choose=False).fit(split.train), data, split)
    recommender = Recommender(bundle)
    vectors = recommender.item_vectors().vector
    assert recommender.items.ids.tolist() == [10, 20, 30, 40]
    assert not vectors[3].any()
    np.testing.assert_allclose(np.linalg.norm(vectors[:3], axis=1), 1, atol=1e-6)
    assert 40 not in {line.item_id for line in recommender.similar(10, 4)}


def test_an_item_without_a_vector_is_like_none() -> None:
    left = np.array([[1, 0], [1, 0], [0, 0]], np.float32)
    scorer = LowRankFilterScorer(left, left, np.zeros(3, np.float32), left * 5, 0.0, 5.0)
    catalogue = Catalogue.from_ids(np.arange(3))
    users = IdIndex(np.array([1]), "user")
    bundle = Bundle(
        scorer, users, IdIndex(np.arange(3), "item"), Matrix((1, 3)), catalogue, None, {}, feedback="implicit"
    )
    table = Recommender(bundle).item_vectors()
    np.testing.assert_array_equal(table.vector, [[1, 0], [1, 0], [0, 0]])
    assert table.to_dict()["vector"][2].tolist() == [0, 0]
    assert repr(table).splitlines()[0] == "ItemVectors: 3 items, 2 dimensions"


def test_a_model_without_vectors_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tiny: Interactions
) -> None:
    scorer = PopularityScorer(np.arange(1.0, 5.0, dtype=np.float32))
    catalogue = Catalogue.from_ids(tiny.items.ids)
    bundle = Bundle(scorer, tiny.users, tiny.items, tiny.matrix(), catalogue, tiny.scale, {})
    with pytest.raises(CapabilityError, match="has no item vectors"):
        Recommender(bundle).item_vectors()
    bundle.save(tmp_path / "bundle")
    assert main(["export", str(tmp_path / "bundle"), "--vectors", str(tmp_path / "items.parquet")]) == 2
    assert "has no item vectors" in capsys.readouterr().err
    assert not (tmp_path / "items.parquet").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "say what to write: --vectors items.parquet"),
        (["--vectors", "items.csv"], "give a name that ends in .parquet"),
    ],
)
def test_a_wrong_command_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: str
) -> None:
    assert main(["export", str(tmp_path), *words]) == 2
    assert expected in capsys.readouterr().err
