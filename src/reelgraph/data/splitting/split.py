"""`split`: train edges and two evaluation parts, from the roles that a splitter assigns to the edges."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

import numpy as np

from reelgraph.core import BoolArray, Interactions, Split, SplitSpec
from reelgraph.core.argument_checks import require_methods, require_type
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.eval_parts import Histories, eval_part
from reelgraph.data.splitting.leak_checks import check_split
from reelgraph.data.splitting.splitters import ROLE_NAMES, TEST, TEST_HISTORY, TRAIN, VALID, VALID_HISTORY, Splitter
from reelgraph.data.splitting.successive import of_targets


def split(interactions: Interactions, splitter: Splitter, seed: int = 0, *, join_valid: bool = False) -> Split:
    """Split edges into train, validation and test, and check that nothing leaks.

    Each part holds the people with a target in it, by ascending user row. Train keeps the order of the edges, but for
    ratings of the same second where their order is drawn, and all user and item rows. Validation folds in the train
    ratings of its people (with `HeldOutUsers`, their fold-in ratings). The test does the same and never ranks the
    validation ratings; `Temporal` folds those in, too.

    Args:
        interactions: the edges.
        splitter: assigns a role to each edge.
        seed: not negative; the same seed gives the same split.
        join_valid: move the validation ratings to train, for a final fit after all choices are made; the test keeps
            its people and targets, and validation is empty. Figures from such a split must say so.

    Raises:
        ConfigError: the split leaves no training ratings, or cannot be made from these edges.
        LeakError: the splitter is wrong.

    Cost: O(n log n). Parts share the histories with train, not copies of them, where they have the same people.

    Examples:
        >>> import reelgraph as rg
        >>> table = {"user": [1, 1, 2, 2, 3], "item": [10, 20, 10, 30, 20], "rating": [5, 3, 4, 2, 5]}
        >>> interactions = rg.index(rg.from_frame(table).ratings)
        >>> parts = rg.split(interactions, rg.Random(valid=0.0, test=0.4), seed=0)
        >>> len(parts.train), parts.test.target.nnz
        (3, 2)
    """
    require_type("split", "interactions", interactions, Interactions)
    require_methods("split", "splitter", splitter, "Splitter", "roles")
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise ConfigError("seed", f"{seed!r} is not valid: expected 0 or more")
    rng = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(f"split {splitter.kind}".encode())]))
    roles = splitter.roles(interactions, rng)
    role = roles.role
    if roles.edge_order is not None:
        interactions, role = interactions.take(roles.edge_order), role[roles.edge_order]
    if join_valid:
        role = np.where((role == VALID) | (role == VALID_HISTORY), TRAIN, role).astype(np.int8)
    counts = dict(zip(ROLE_NAMES, np.bincount(role, minlength=len(ROLE_NAMES)).tolist(), strict=True))
    if counts["train"] == 0:
        raise ConfigError(splitter.kind, f"no ratings are left for train: 0 of {len(interactions)}")
    is_train, is_valid = role == TRAIN, role == VALID
    train = interactions.take(is_train)
    train_ratings = Histories.of(train)

    def history(*roles_known: int) -> Histories | BoolArray:
        """What people are known by: ``train``, whose arrays are then shared, and edges of the other roles."""
        if not any(counts[ROLE_NAMES[known_role]] for known_role in roles_known):
            return train_ratings
        mask: BoolArray = is_train | np.isin(role, roles_known)
        return mask

    valid = eval_part(interactions, is_valid, history(VALID_HISTORY), candidates=roles.valid_candidates)
    test = eval_part(
        interactions,
        role == TEST,
        history(TEST_HISTORY, VALID) if splitter.folds_in_valid else history(TEST_HISTORY),
        extra_seen=None if splitter.folds_in_valid or not counts["valid"] else is_valid,
        candidates=roles.test_candidates,
    )
    if roles.valid_targets is not None:
        drawn = rng.permutation(valid.target.nnz)[: roles.valid_targets]
        valid, test = of_targets(valid, np.sort(drawn)), dataclasses.replace(test, grows=True)
    result = Split(
        train=train,
        valid=valid,
        test=test,
        spec=SplitSpec(
            splitter.kind, {**_settings(splitter), **roles.cut_times, "join_valid": join_valid}, seed, counts
        ),
    )
    check_split(result)
    return result


def _settings(splitter: Any) -> dict[str, Any]:
    values = {field.name: getattr(splitter, field.name) for field in dataclasses.fields(splitter)}
    return {key: value for key, value in values.items() if not isinstance(value, np.ndarray) and value is not None}
