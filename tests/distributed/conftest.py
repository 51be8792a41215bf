"""One Ray cluster of this machine with two workers for all tests of this folder, and a bundle that is quickly made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelgraph as rg
from reelgraph.distributed import Cluster, ray_cluster

WHY_NOT = 'ray is not installed: pip install "reelgraph[ray]", or make test-ray'
SECRET = "secret-person-"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.ray)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture(scope="session", autouse=True)
def _needs_ray() -> None:
    pytest.importorskip("ray", reason=WHY_NOT)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with ray_cluster(2) as cluster:
        yield cluster


def table(n_users: int = 60, n_items: int = 30) -> dict[str, Any]:
    """Ratings of two tastes, one second after the other; the ids of the people are texts that are easily found."""
    draw = np.random.default_rng(5)
    users, items = np.nonzero(draw.random((n_users, n_items)) < 0.5)
    stars = np.where((users + items) % 2 == 0, 5.0, 2.0)
    order = draw.permutation(len(users))
    return {
        "user": [f"{SECRET}{user:03}" for user in users[order]],
        "item": items[order].tolist(),
        "rating": stars[order].tolist(),
        "timestamp": (1_000_000_000 + np.arange(len(users))).tolist(),
    }


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of 60 people and 30 movies that ranks and predicts stars."""
    data = rg.from_frame(table())
    split = rg.split(rg.index(data.ratings), rg.Random(valid=0.1, test=0.0), seed=0)
    fit = rg.GraphFilter(choose=False).fit(split.train, rg.FitContext(valid=split.valid))
    path = tmp_path_factory.mktemp("bundles") / "B"
    rg.Bundle.create(fit, data, split).save(path)
    return path
