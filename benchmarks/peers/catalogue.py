"""Which peers there are, and their settings; where these come from is in README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from reelgraph.core.errors import ConfigError


@dataclass(frozen=True)
class Peer:
    """One model of another library.

    Args:
        name: as on the command line and in the tables.
        library: names the virtual environment, ``requirements/LIBRARY.txt`` and the script.
        settings: handed to the script, with the seed.
        on: name of a data set -> settings that are others there.
        answers: stars of the test ratings (``LIBRARY_peer.py``), or lists for the people of the test
            (``LIBRARY_ranks.py``).
        named_only: takes hours, so it runs only when it is asked for by name.
    """

    name: str
    library: str
    settings: Mapping[str, Any]
    on: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: Literal["stars", "ranks"] = "stars"
    named_only: bool = False

    @property
    def script(self) -> str:
        """Module that its interpreter runs."""
        return f"benchmarks.peers.{self.library}_{'peer' if self.answers == 'stars' else 'ranks'}"

    def settings_for(self, data: str) -> dict[str, Any]:
        """The settings on the data set called ``data``."""
        return {**self.settings, **self.on.get(data, {})}


def _myfm(name: str, output: str) -> Peer:
    return Peer(name, "myfm", {"output": output, "rank": 10, "iterations": 512}, on={"ml-1m": {"rank": 32}})


def _ranks(name: str, model: str, *, library: str = "", named_only: bool = False, **settings: Any) -> Peer:
    library = library or name.split("-")[0]
    return Peer(name, library, {"model": model, **settings}, answers="ranks", named_only=named_only)


def _sequence(name: str, model: str, **settings: Any) -> Peer:
    """A transformer over a person's last 200 movies, stopped by the loss of the validation ratings or by the clock."""
    shape = {"n_factors": 64, "n_blocks": 2, "n_heads": 1, "session_max_len": 200, "dropout_rate": 0.1}
    limits = {"batch_size": 128, "epochs": 200, "patience": 50, "minutes": 60}
    return _ranks(name, model, library="rectools_sequence", named_only=True, **shape, **limits, **settings)


LIGHTGCN = "recbole-lightgcn"  # with the settings that its makers published for ml-1m

_ALL = (
    _myfm("myfm", "regression"),
    _myfm("myfm-ordinal", "ordinal"),
    Peer("surprise-svdpp", "surprise", {"model": "svdpp", "n_factors": 20, "n_epochs": 20}),
    Peer("surprise-knn-baseline", "surprise", {"model": "knn-baseline", "k": 40, "user_based": False}),
    Peer("lenskit-biased-mf", "lenskit", {"model": "biased-mf", "embedding_size": 50, "epochs": 10}),
    Peer("lenskit-item-knn", "lenskit", {"model": "item-knn", "max_nbrs": 20}),
    Peer("lenskit-bias", "lenskit", {"model": "bias", "damping": 5.0}),
    _ranks("recbole-ease", "EASE", reg_weight=1000.0),
    _ranks(
        LIGHTGCN,
        "LightGCN",
        named_only=True,
        learning_rate=0.002,
        n_layers=3,
        reg_weight=1e-4,
        embedding_size=64,
        train_batch_size=4096,
        epochs=500,
    ),
    _ranks("lenskit-ease", "ease", regularization=500.0),
    _ranks("lenskit-implicit-mf", "implicit-mf", embedding_size=50, epochs=10),
    _ranks("lenskit-lightgcn", "lightgcn", named_only=True, embedding_size=16, layer_count=2, epochs=10),
    _ranks("implicit-als", "als", factors=100, regularization=0.01, alpha=1.0, iterations=15),
    _ranks(
        "implicit-als-bm25", "als", factors=100, regularization=0.01, alpha=1.0, iterations=15, bm25_b=0.9, times=5.0
    ),
    _ranks("implicit-bpr", "bpr", factors=100, learning_rate=0.01, regularization=0.01, iterations=100),
    _ranks("rectools-ease", "ease", regularization=500.0),
    _sequence("rectools-sasrec", "sasrec", loss="softmax"),
    _sequence("rectools-esasrec", "esasrec", loss="sampled_softmax", n_negatives=256),
)

PEERS: dict[str, Peer] = {peer.name: peer for peer in _ALL}


def choose(names: Sequence[str] | None) -> list[Peer]:
    """The peers of these names, each once; when None all that need not be asked for by name.

    Raises:
        ConfigError: a name is unknown.
    """
    usual = [name for name, peer in PEERS.items() if not peer.named_only]
    wanted = usual if names is None else list(dict.fromkeys(names))
    for name in wanted:
        if name not in PEERS:
            raise ConfigError.unknown(name, PEERS)
    return [PEERS[name] for name in wanted]
