"""A fitted model is saved, loaded, and recommends the same: nothing that was seen, and nothing twice."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.core import Catalogue, Explains, HasItemVectors, Interactions, PredictsRating, Scorer
from reelgraph.core.display import counted
from reelgraph.core.errors import ReelgraphError
from reelgraph.recommend import Filters, Recommender
from reelgraph.scorers import SCORERS, rebuild
from reelgraph.testing.model_fits import ModelFits
from reelgraph.testing.requirements import ContractError, require, require_equal

_LISTED = 5
_ABILITIES = (PredictsRating, HasItemVectors, Explains)


def check_restored(fits: ModelFits) -> None:
    """Its arrays and settings make the scorer again, with the same scores and abilities."""
    scorer, _, part = fits.on_parity_tastes
    arrays = scorer.arrays()
    for name, array in arrays.items():
        is_numeric = isinstance(array, np.ndarray) and array.dtype.kind in "fiub"
        require(is_numeric, fits.name, f"arrays(): {name!r} is not an array of numbers")
    try:
        settings = json.loads(json.dumps(scorer.settings(), allow_nan=False))
        plugin_classes = {scorer.kind: type(scorer)}
        restored = rebuild(
            scorer.kind, {name: array.copy() for name, array in arrays.items()}, settings, plugin_classes
        )
    except Exception as error:
        raise ContractError(
            f"{fits.name}: {type(scorer).__name__}(**arrays(), **settings()) raised {type(error).__name__}: {error}"
        ) from error
    message = "the scorer that arrays() and settings() restore scores differently"
    require_equal(restored.score(part.history), scorer.score(part.history), fits.name, message)
    for ability in _ABILITIES:
        is_same = isinstance(restored, ability) == isinstance(scorer, ability)
        require(is_same, fits.name, f"only one of the scorer and the restored one has the ability {ability.__name__}")


def check_kind(fits: ModelFits) -> None:
    """The kind of the scorer, by which bundles name it, is its own."""
    scorer = fits.on_parity_tastes.scorer
    is_free = SCORERS.get(scorer.kind, type(scorer)) is type(scorer)
    require(is_free, fits.name, f"the kind {scorer.kind!r} of its scorer is that of a scorer of reelgraph")


def check_bundle(fits: ModelFits) -> None:
    """A saved and loaded bundle gives the same lists."""
    scorer, train, _ = fits.on_parity_tastes
    bundle = _bundle(scorer, train)
    with tempfile.TemporaryDirectory() as folder:
        try:
            loaded = Bundle.load(bundle.save(Path(folder) / "bundle"), allow=[type(scorer)])
        except ReelgraphError as error:
            raise ContractError(f"{fits.name}: its bundle cannot be saved and loaded: {error}") from error
    for user in train.users.ids[:3].tolist():
        first, second = (Recommender(each).recommend(user, _LISTED) for each in (bundle, loaded))
        is_same = [(row.item_id, row.score) for row in first] == [(row.item_id, row.score) for row in second]
        require(is_same, fits.name, "a loaded bundle gives other lists than the one that was saved")


def check_lists(fits: ModelFits) -> None:
    """A list holds no movie that the person has rated, and none twice."""
    scorer, train, _ = fits.on_parity_tastes
    recommender = Recommender(_bundle(scorer, train))
    ratings = train.matrix()
    for user_row in range(0, train.n_users, 7):
        person = ratings[[user_row]]
        history = dict(zip(train.items.ids[person.indices].tolist(), person.data.tolist(), strict=True))
        listed = [row.item_id for row in recommender.recommend(history, _LISTED, Filters(), order="watch")]
        require(
            set(history).isdisjoint(listed),
            fits.name,
            "a list holds movies that the person has rated; does score change the history that it gets?",
        )
        is_whole = len(set(listed)) == len(listed) == _LISTED
        require(is_whole, fits.name, f"{counted(len(set(listed)), 'different movie')} in a list of {_LISTED}")


def _bundle(scorer: Scorer, train: Interactions) -> Bundle:
    catalogue = Catalogue.from_ids(train.items.ids)
    return Bundle(scorer, train.users, train.items, train.matrix(), catalogue, train.scale, {})
