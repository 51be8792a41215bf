"""`split`: from the roles that a splitter gives to train edges and two evaluation parts."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

import numpy as np

from reelgraph.core import Interactions, Split, SplitSpec
from reelgraph.core.errors import ConfigError
from reelgraph.data.splitting.eval_parts import eval_part
from reelgraph.data.splitting.leak_checks import check_split
from reelgraph.data.splitting.splitters import ROLE_NAMES, TEST, TEST_HISTORY, TRAIN, VALID, VALID_HISTORY, Splitter


def split(inter: Interactions, how: Splitter, seed: int = 0, *, join_valid: bool = False) -> Split:
    """Split edges into train, validation and test, and check that nothing leaks.

    A part holds the people with a target in it, by ascending user row. Train keeps the order of the edges and all user
    and item rows. Validation folds in the train ratings of its people (`HeldOutUsers`: their shown ratings); the test
    does so too and never ranks the validation ratings either; `Temporal` folds those in as well.

    Args:
        inter: the edges.
        how: the splitter.
        seed: not negative; the same seed gives the same split.
        join_valid: give the validation ratings to train, to fit once more when all is chosen; the test keeps its
            people and targets, validation is left empty. Say so beside any number made this way.

    Raises:
        ConfigError: the split leaves nothing to learn from, or cannot be made from these edges.
        LeakError: the splitter is wrong.

    Cost: O(n log n).
    """
    if seed < 0:
        raise ConfigError("seed", f"{seed} is not valid: expected 0 or more")
    rng = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(f"split {how.kind}".encode())]))
    decided = how.roles(inter, rng)
    role = decided.role
    if join_valid:
        role = np.where((role == VALID) | (role == VALID_HISTORY), TRAIN, role).astype(np.int8)
    counts = dict(zip(ROLE_NAMES, np.bincount(role, minlength=len(ROLE_NAMES)).tolist(), strict=True))
    if counts["train"] == 0:
        raise ConfigError(how.kind, f"nothing is left to learn from: of {len(inter)} ratings none falls in train")
    train, in_valid = role == TRAIN, role == VALID
    past = train | (role == TEST_HISTORY)
    result = Split(
        train=inter.take(train),
        valid=eval_part(inter, in_valid, train | (role == VALID_HISTORY), candidates=decided.valid_candidates),
        test=eval_part(
            inter,
            role == TEST,
            past | in_valid if how.folds_in_valid else past,
            extra_seen=None if how.folds_in_valid else in_valid,
            candidates=decided.test_candidates,
        ),
        spec=SplitSpec(how.kind, {**_settings(how), **decided.found, "join_valid": join_valid}, seed, counts),
    )
    check_split(result)
    return result


def _settings(how: Any) -> dict[str, Any]:
    values = {f.name: getattr(how, f.name) for f in dataclasses.fields(how)}
    return {key: value for key, value in values.items() if not isinstance(value, np.ndarray) and value is not None}
