"""Forgetting in a saved bundle, with a receipt: file hashes before and after, and the difference to a new fit."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from reelgraph._util.atomic_files import remove_backup
from reelgraph.bundle import MANIFEST, Bundle, bundle_lock, remove_kept_bundles
from reelgraph.bundle.contents import verify_forgetting
from reelgraph.core import FitContext, Interactions, Scorer, SupportsRefit
from reelgraph.core.abilities import RefitsLike
from reelgraph.core.argument_checks import require_path
from reelgraph.core.errors import BundleError
from reelgraph.models import model_class
from reelgraph.scorers.blend import single_models
from reelgraph.unlearning.exact import RemovalReport, forget


@dataclass(frozen=True)
class Receipt:
    """What was removed, and evidence of it. It names nobody, so it may be kept.

    Args:
        when: UTC, ISO 8601.
        forgotten: what was removed.
        before: file name -> SHA-256 before, the manifest included.
        after: file name -> SHA-256 after.
        differences: kind of a fitted part -> largest absolute difference of its arrays to those of a new fit on the
            remaining ratings, with what the part holds fixed, relative to the largest entry; empty unless asked for.
        kept_removed: number of earlier bundles beside this one, which may have held the ratings and were removed.
    """

    when: str
    forgotten: RemovalReport
    before: Mapping[str, str]
    after: Mapping[str, str]
    differences: Mapping[str, float]
    kept_removed: int = 0


def forget_in_bundle(
    path: str | Path, user: int | str, item: int | str | None = None, *, verify: bool = False
) -> Receipt:
    """Forget a person, or one rating, in the bundle at ``path``, in one step: an interrupted call changes nothing.

    Args:
        path: the bundle.
        user: id of a known user.
        item: id of one item that the user rated; None for everything of the user.
        verify: fit the exactly updated parts again on the remaining ratings, and report the largest difference.

    Raises:
        BundleError: the bundle is damaged, or cannot be written; it is unchanged.
        UnknownIdError: no such user, item or rating.

    Cost: O(n_items^2 n_u) for a graph filter, n_u ratings of the person; with ``verify`` a fit.
    """
    require_path("forget_in_bundle", "path", path)
    path = Path(path)
    with bundle_lock(path):
        bundle = Bundle.load(path)
        verify_forgetting(path)
        _remove_old_bundle(path)  # a call killed at its very end may have left it beside the new one
        hashes_before = _hashes(path)
        reduced, report = forget(bundle, user, item)
        reduced = dataclasses.replace(
            reduced, info={**reduced.info, "forgotten": _tally(reduced.info, report, item is None)}
        )
        differences = refit_differences(reduced) if verify else {}
        reduced.save(path)
        _remove_old_bundle(path)
        n_kept = remove_kept_bundles(path)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Receipt(now, report, hashes_before, _hashes(path), differences, n_kept)


def _remove_old_bundle(path: Path) -> None:
    """Remove the replaced bundle, if it is still there: it holds what is to be forgotten."""
    if not remove_backup(path):
        raise BundleError(
            f"the previous version of {path} is still next to it and cannot be removed",
            "remove the folder whose name ends in .previous; the new bundle is in place",
        )


def refit_differences(bundle: Bundle) -> dict[str, float]:
    """The largest difference of each closed-form part to a new fit on the ratings that the bundle was fitted on.

    The fit has the settings of the part, and what its updates hold fixed: see `HoldsFixed`.

    Returns:
        Kind -> largest absolute difference of an entry of the fitted arrays, over the largest absolute entry.

    Raises:
        BundleError: the bundle does not say which ratings the model was fitted on.
    """
    train, differences = bundle.train_interactions(), {}
    for scorer in single_models(bundle.scorer):
        refitted = _refit(scorer, train, bundle)
        if refitted is None:
            continue
        new_arrays = refitted.arrays()
        compared = getattr(scorer, "compared_arrays", ()) or scorer.arrays()
        pairs = [(array, new_arrays[name]) for name, array in scorer.arrays().items() if name in compared]
        pairs = [(updated, new) for updated, new in pairs if updated.size and new.size]
        if pairs:
            differences[scorer.kind] = max(
                float(np.abs(updated - new).max() / max(np.abs(new).max(), 1e-300)) for updated, new in pairs
            )
    return differences


def _refit(scorer: Scorer, train: Interactions, bundle: Bundle) -> Scorer | None:
    """A new fit with the settings of the scorer, and what its updates hold fixed; None where there is none."""
    name_and_settings = scorer.refit_settings() if isinstance(scorer, SupportsRefit) else None
    if name_and_settings is None:
        return None
    name, settings = name_and_settings
    model, context = model_class(name)(**settings), FitContext(catalogue=bundle.catalogue)
    fit = model.fit_like(scorer, train, context) if isinstance(model, RefitsLike) else model.fit(train, context)
    refitted: Scorer = fit.scorer
    return refitted


def _tally(info: Mapping[str, Any], report: RemovalReport, is_person: bool) -> dict[str, Any]:
    """How much was forgotten since the fit, without saying whom, and which parts still hold some of it."""
    earlier = info.get("forgotten", {})
    pending = {part.kind for part in report.parts if not part.exactly} | set(earlier.get("until_next_fit", ()))
    return {
        "people": earlier.get("people", 0) + int(is_person),
        "ratings": earlier.get("ratings", 0) + report.ratings,
        "until_next_fit": sorted(pending),
    }


def _hashes(path: Path) -> dict[str, str]:
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    return {name: file["sha256"] for name, file in manifest["files"].items()} | {MANIFEST: manifest["digest"]}
