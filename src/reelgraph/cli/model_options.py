"""Models and scorers of other packages, named on the command line."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelgraph import pipeline
from reelgraph.bundle import allow_scorers
from reelgraph.bundle.plugin_scorers import manifest_entries
from reelgraph.core import Model, Scorer, config
from reelgraph.core.errors import ConfigError
from reelgraph.models.bayes_gcn.model import BayesGCN
from reelgraph.models.blend import Blend


def chosen_model(name: str | None, config_file: Path | None, settings: Sequence[str] | None) -> Model:
    """The model of ``--model``, ``--config`` and ``--set``; a blend where neither of the first two is given."""
    import_from_current_folder(name or "")
    default = None if config_file else "blend"
    return pipeline.make_model(name or default, config_file, config.parse_assignments(settings or []))


def with_blend_options(model: Model, *, quick: bool, budget: float | None, quality: str | None = None) -> Model:
    """The model with ``--quick``, ``--budget`` and ``--quality``.

    Raises:
        ConfigError: one of the first two is given, and the model is no blend; or the last, and it has no `BayesGCN`.
    """
    if quality is not None and quick:
        raise ConfigError("--quality", "not with --quick, which has no bayes-gcn")
    if quality is not None:
        model = _with_quality(model, quality)
    changes: dict[str, Any] = {"quick": True} if quick else {}
    changes |= {} if budget is None else {"budget": budget}
    if not changes:
        return model
    if not isinstance(model, Blend):
        option = "--quick" if quick else "--budget"
        raise ConfigError(option, f"is for the default model, a blend, and the model is {model.name}")
    return dataclasses.replace(model, **changes)


def _with_quality(model: Model, quality: str) -> Model:
    if isinstance(model, BayesGCN):
        return config.from_dict(BayesGCN, {**dataclasses.asdict(model), "quality": quality})
    if isinstance(model, Blend) and "bayes-gcn" in (model.stars, *model.rankers) and not model.quick:
        part_settings = {**model.settings.get("bayes-gcn", {}), "quality": quality}
        return dataclasses.replace(model, settings={**model.settings, "bayes-gcn": part_settings})
    raise ConfigError("--quality", f"is for bayes-gcn, and {model.name} as asked has none")


def allow(scorers: Sequence[str]) -> None:
    """Let the bundles of this command load the scorers ``package.module:Class``."""
    for import_path in scorers:
        import_from_current_folder(import_path)
    allow_scorers(*scorers)


def import_from_current_folder(name: str) -> None:
    """Let ``package.module:Class`` be a file of the current folder; whatever is installed comes first."""
    folder = str(Path.cwd())
    if ":" in name and folder not in sys.path:
        sys.path.append(folder)


def allow_note(scorer: Scorer) -> str:
    """How to load the bundle of a scorer that no installed package registers; "" where nothing is needed."""
    entries = manifest_entries(scorer).get("outside", {}).values()
    options = " ".join(f"--allow {entry['class']}" for entry in entries if not entry["package"])
    return f"no package registers its scorer; use it by: reelgraph {options} VERB ..." if options else ""
