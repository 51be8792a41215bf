"""Which peers there are, and their settings; where these come from is in README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reelgraph.errors import ConfigError


@dataclass(frozen=True)
class Peer:
    """One model of another library.

    Args:
        name: as on the command line and in the tables.
        library: names the virtual environment, ``requirements/LIBRARY.txt`` and ``LIBRARY_peer.py``.
        settings: handed to the script, with the seed.
        on: name of a data set -> settings that are others there.
    """

    name: str
    library: str
    settings: Mapping[str, Any]
    on: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def settings_for(self, data: str) -> dict[str, Any]:
        """The settings on the data set called ``data``."""
        return {**self.settings, **self.on.get(data, {})}


def _myfm(name: str, output: str) -> Peer:
    return Peer(name, "myfm", {"output": output, "rank": 10, "iterations": 512}, on={"ml-1m": {"rank": 32}})


_ALL = (
    _myfm("myfm", "regression"),
    _myfm("myfm-ordinal", "ordinal"),
    Peer("surprise-svdpp", "surprise", {"model": "svdpp", "n_factors": 20, "n_epochs": 20}),
    Peer("surprise-knn-baseline", "surprise", {"model": "knn-baseline", "k": 40, "user_based": False}),
    Peer("lenskit-biased-mf", "lenskit", {"model": "biased-mf", "embedding_size": 50, "epochs": 10}),
    Peer("lenskit-item-knn", "lenskit", {"model": "item-knn", "max_nbrs": 20}),
    Peer("lenskit-bias", "lenskit", {"model": "bias", "damping": 5.0}),
)

PEERS: dict[str, Peer] = {peer.name: peer for peer in _ALL}


def choose(names: Sequence[str] | None) -> list[Peer]:
    """The peers of these names, each once; all when None.

    Raises:
        ConfigError: a name is unknown.
    """
    wanted = list(PEERS) if names is None else list(dict.fromkeys(names))
    for name in wanted:
        if name not in PEERS:
            raise ConfigError.unknown(name, PEERS)
    return [PEERS[name] for name in wanted]
