"""How good a model is, in plain sentences with the figures of its bundle."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from reelgraph.serve.web.messages import Translator, element


def quality_sentences(t: Translator, metrics: Mapping[str, Mapping[str, float]]) -> list[Markup]:
    """A sentence for each metric that says something to a visitor; those that were not measured are left out.

    Args:
        t: writes in the language of the visitor.
        metrics: of the bundle, by name; ``mean`` is read.
    """
    strong = element("strong")

    def mean(name: str) -> float | None:
        return metrics[name]["mean"] if name in metrics else None

    sentences = []
    if (hit := mean("hit@10")) is not None:
        sentences.append(t("quality.hit", count=round(100 * hit), strong=strong))
    if (recall := mean("recall@10")) is not None:
        sentences.append(t("quality.recall", share=t.percent(recall), strong=strong))
    if (error := mean("mae")) is not None and t.has_stars:
        sentences.append(t("quality.stars", stars=t.decimal(error, 1), strong=strong))
    if (interval := mean("coverage_80")) is not None and t.has_stars:
        sentences.append(t("quality.interval", count=round(100 * interval), strong=strong))
    if (disliked := mean("disliked@10")) is not None and t.has_stars:
        sentences.append(t("quality.disliked", films=t.decimal(10 * disliked, 1), strong=strong))
    if (coverage := mean("coverage@10")) is not None:
        sentences.append(t("quality.coverage", share=t.percent(coverage), strong=strong))
    return sentences
