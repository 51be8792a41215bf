"""Whether a metric is better when lower or when higher."""

from __future__ import annotations

import re

_VARIANT = re.compile(r"_(all|people|[0-9]+d)$")
LOWER_IS_BETTER = ("rmse", "mse", "mae", "crps", "log_loss", "ece", "disliked")
HIGHER_IS_BETTER = (
    "ndcg", "recall", "precision", "hit", "mrr", "map", "ndcg_liked", "precision_rated", "recall_rated",
)  # fmt: skip


def base_name(metric: str) -> str:
    """The name without its length, pool, people or days: ``ndcg`` of ``ndcg@10`` and of ``ndcg_all@10``."""
    return _VARIANT.sub("", metric.split("@")[0])


def lower_is_better(metric: str) -> bool | None:
    """Whether a metric is better low; None for one that is neither better low nor high (``novelty``, ``coverage_80``).

    Args:
        metric: with or without ``@k``.
    """
    name = base_name(metric)
    return name in LOWER_IS_BETTER if name in LOWER_IS_BETTER + HIGHER_IS_BETTER else None


def worse(value: float, reference: float, lower: bool) -> bool:
    """Whether ``value`` is worse than ``reference``; ``lower`` says that lower is better."""
    return value > reference if lower else value < reference
