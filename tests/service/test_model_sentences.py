"""The model card in plain sentences: true figures, and only those that were measured."""

from __future__ import annotations

from reelgraph.serve.web.messages import translator
from reelgraph.serve.web.model_sentences import quality_sentences
from tests.service.conftest import Running

METRICS = {
    "ndcg@10": {"mean": 0.28}, "hit@10": {"mean": 0.7496}, "recall@10": {"mean": 0.2154}, "mae": {"mean": 0.6018},
    "coverage_80": {"mean": 0.808}, "disliked@10": {"mean": 0.128}, "coverage@10": {"mean": 0.0567},
}  # fmt: skip


def test_the_sentences_have_the_figures_of_the_bundle() -> None:
    sentences = [str(sentence) for sentence in quality_sentences(translator("en", has_stars=True), METRICS)]
    figures = ["75", "22%", "0.6", "81", "1.3", "6%"]
    assert [sentence.split("<strong>")[1].split("</strong>")[0] for sentence in sentences] == figures
    assert sentences[2] == "The predicted stars are off by <strong>0.6</strong> on average."


def test_what_was_not_measured_is_not_told() -> None:
    t = translator("en", has_stars=True)
    assert quality_sentences(t, {}) == []
    assert quality_sentences(t, {"ndcg@10": {"mean": 0.28}}) == []
    assert len(quality_sentences(t, {"hit@10": {"mean": 0.5}})) == 1
    assert len(quality_sentences(translator("en", has_stars=False), METRICS)) == 3  # none about stars


def test_the_tables_are_folded(module_service: Running) -> None:
    page = module_service.http.get("/model").text
    assert page.count("<details") == page.count("</details>") == 3
    assert "<details open" not in page
    assert page.index("<details") < page.index("<table")
    assert "0.5000" in page[page.index("<table") :]  # ndcg@10, in the table alone
    assert "NDCG" not in page[: page.index("<details")]
