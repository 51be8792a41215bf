"""Forgetting in a saved bundle, with a receipt: hashes before and after, and the difference to a fit without it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph._util.atomic_files import file_lock, remove_backup
from reelgraph.bundle import MANIFEST, Bundle
from reelgraph.core import FitContext, Interactions, Scorer
from reelgraph.core.errors import BundleError
from reelgraph.models import model_class
from reelgraph.scorers import BiasScorer, ItemFilterScorer, PopularityScorer
from reelgraph.scorers.blend import single_models
from reelgraph.unlearning.exact import RemovalReport, forget


@dataclass(frozen=True)
class Receipt:
    """What was forgotten, and how to see it. It names nobody, so it may be kept.

    Args:
        when: UTC, ISO 8601.
        forgotten: what was taken out.
        before: file name -> SHA-256 before, the manifest included.
        after: file name -> SHA-256 after.
        differences: kind of a fitted part -> largest absolute difference of what it fitted to a new fit on the ratings
            that are left, relative to the largest entry; empty unless asked for.
    """

    when: str
    forgotten: RemovalReport
    before: Mapping[str, str]
    after: Mapping[str, str]
    differences: Mapping[str, float]


def forget_in_bundle(
    path: str | Path, user: int | str, item: int | str | None = None, *, verify: bool = False
) -> Receipt:
    """Forget a person, or one rating, in the bundle at ``path``, in one step: an interrupted call changes nothing.

    Args:
        path: the bundle.
        user: id of a known user.
        item: id of one movie that the user rated; None for all of the user.
        verify: fit the parts that were updated exactly anew on what is left, and tell the largest difference.

    Raises:
        BundleError: the bundle is damaged, or cannot be written; it is as it was.
        UnknownIdError: no such user, item or rating.

    Cost: O(n_items^2 n_u) for a graph filter, n_u ratings of the person; with ``verify`` a fit.
    """
    path = Path(path)
    with file_lock(path):
        bundle = Bundle.load(path)
        _require_gone(path)  # a call killed at its very end may have left the older bundle beside the new one
        before = _hashes(path)
        left, forgotten = forget(bundle, user, item)
        left = dataclasses.replace(left, info={**left.info, "forgotten": _tally(left.info, forgotten, item is None)})
        differences = refit_differences(left) if verify else {}
        left.save(path)
        _require_gone(path)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Receipt(now, forgotten, before, _hashes(path), differences)


def _require_gone(path: Path) -> None:
    """Is the older bundle gone that was replaced? It holds what was to be forgotten."""
    if not remove_backup(path):
        raise BundleError(
            f"the bundle before {path} is still beside it and cannot be removed",
            "remove the folder whose name ends in .previous; the new bundle is in place",
        )


def refit_differences(bundle: Bundle) -> dict[str, float]:
    """The largest difference of each closed-form part to a new fit on the ratings that the bundle says it learnt from.

    Returns:
        Kind -> largest absolute difference of an entry of the fitted arrays, over the largest absolute entry.

    Raises:
        BundleError: the bundle does not say which ratings the model learnt from.
    """
    train, found = bundle.train_interactions(), {}
    for scorer in single_models(bundle.scorer):
        fresh = _refit(scorer, train, bundle)
        if fresh is None:
            continue
        pairs = [(array, fresh.arrays()[name]) for name, array in scorer.arrays().items() if array.size]
        found[scorer.kind] = max(
            float(np.abs(ours - new).max() / max(np.abs(new).max(), 1e-300)) for ours, new in pairs
        )
    return found


def _refit(scorer: Scorer, train: Interactions, bundle: Bundle) -> Scorer | None:
    """A fit with the scorer's own settings; None where these are not known or the model is no closed form."""
    settings: dict[str, Any]
    if isinstance(scorer, PopularityScorer):
        name, settings = "popularity", {}
    elif isinstance(scorer, BiasScorer) and len(scorer.counts):
        name, settings = "bias", {"user_damping": scorer.user_damping, "item_damping": scorer.item_damping}
    elif isinstance(scorer, ItemFilterScorer) and scorer.ridge is not None and not len(scorer.extra):
        shared = ("user_weight", "ridge", "dropout", "session_weight", "time_scale", "rating_power", "feature_weight")
        name, settings = "graph-filter", {key: getattr(scorer, key) for key in (*shared, "closed_form")}
        settings |= {"choose": False, "form": "dense"}
    else:
        return None
    fresh: Scorer = model_class(name)(**settings).fit(train, FitContext(catalogue=bundle.catalogue)).scorer
    return fresh


def _tally(info: Mapping[str, Any], forgotten: RemovalReport, person: bool) -> dict[str, Any]:
    """How much was forgotten since the fit, without saying whom, and which parts still hold some of it."""
    known = info.get("forgotten", {})
    pending = {part.kind for part in forgotten.parts if not part.exactly} | set(known.get("until_next_fit", ()))
    return {
        "people": known.get("people", 0) + int(person),
        "ratings": known.get("ratings", 0) + forgotten.ratings,
        "until_next_fit": sorted(pending),
    }


def _hashes(path: Path) -> dict[str, str]:
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    return {name: file["sha256"] for name, file in manifest["files"].items()} | {MANIFEST: manifest["digest"]}
