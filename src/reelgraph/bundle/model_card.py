"""The card of a bundle: what was learnt from which data under which terms, and how good it is; Markdown for the Hub."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reelgraph.core import Catalogue
from reelgraph.core.display import counted
from reelgraph.data.terms_of_use import Terms, terms_of

if TYPE_CHECKING:
    from reelgraph.bundle.bundle import Bundle

CARD = "README.md"
ADDRESS = "hf://OWNER/NAME"
"""Stands for the address in the card of a bundle that was not uploaded."""

_DETAILS = (
    "people", "runtime", "directors", "writers", "cast", "languages", "countries", "keywords", "translated_titles",
    "original_title", "overview", "series", "poster",
)  # fmt: skip
_TAGS = ("recommender", "movies", "collaborative-filtering", "graph-neural-network", "safetensors")


def model_card(bundle: Bundle, address: str = ADDRESS, licence: str | None = None) -> str:
    """The text of ``README.md``: front matter as the Hugging Face Hub reads it, and Markdown.

    The figures are those that were measured when the bundle was made, with their 95 % intervals; nothing is measured
    here.

    Args:
        bundle: with or without people.
        address: by which `Bundle.load` finds it.
        licence: identifier that the Hub knows, such as ``cc-by-4.0``; None for that of the data, which is ``other``
            with a link where their terms are known, and ``unknown`` otherwise.
    """
    data = bundle.info.get("data", {})
    terms = terms_of(data.get("name", ""))
    front = "\n".join(f"{key}: {_yaml(value)}" for key, value in _front_matter(bundle, terms, licence).items())
    name = f"{_model_name(bundle)} on {data.get('name') or 'unnamed data'}"
    sections = [
        f"# {name}",
        f"{_contents(bundle)} It recommends with [reelgraph](https://pypi.org/project/reelgraph/):",
        f'```python\nimport reelgraph as rg\n\nbundle = rg.Bundle.load("{address}")\n{_use(bundle)}\n```',
        "## Data and terms",
        *_data(bundle, terms, licence),
        "## Figures",
        *_figures(bundle),
        "## How it was made",
        *_making(bundle),
    ]
    return f"---\n{front}\n---\n\n" + "\n\n".join(sections) + "\n"


def details_of_movies(catalogue: Catalogue) -> list[str]:
    """What a catalogue says of movies that no data set of ratings here comes with: names of its columns."""
    return [name for name in _DETAILS if any(getattr(catalogue, name))]


def _front_matter(bundle: Bundle, terms: Terms | None, licence: str | None) -> dict[str, Any]:
    license_entries: dict[str, Any] = {"license": licence or ("other" if terms else "unknown")}
    if terms and not licence:
        license_entries |= {"license_name": "terms-of-the-data", "license_link": terms.link}
    front = {**license_entries, "library_name": "reelgraph", "tags": list(_TAGS)}
    metrics = [
        {"type": name, "value": round(figures["mean"], 4), "name": f"{name}, 95 % interval {_interval(figures)}"}
        for name, figures in _measured(bundle)
    ]
    if metrics:
        name = bundle.info.get("data", {}).get("name") or "unnamed data"
        result = {
            "task": {"type": "recommendation", "name": "Recommendation"},
            "dataset": {"type": name, "name": name},
            "metrics": metrics,
        }
        front["model-index"] = [{"name": _model_name(bundle), "results": [result]}]
    return front


def _yaml(value: Any) -> str:
    """A value in the part of YAML that is JSON, on one line."""
    return json.dumps(value, ensure_ascii=False)


def _measured(bundle: Bundle) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Names and figures of what was measured; a figure without a value is left out."""
    for name, figures in bundle.info.get("metrics", {}).items():
        if figures.get("mean") is not None:
            yield name, figures


def _interval(figures: Mapping[str, Any]) -> str:
    if figures.get("low") is None or figures.get("high") is None:
        return "not known"
    return f"[{figures['low']:.4f}, {figures['high']:.4f}]"


def _model_name(bundle: Bundle) -> str:
    return str(bundle.info.get("model", {}).get("name", bundle.scorer.kind))


def _contents(bundle: Bundle) -> str:
    statistics = bundle.item_statistics
    learnt = (
        f"Learnt from {counted(int(statistics.counts.sum()), 'rating')} of {counted(len(bundle.items), 'movie')} by "
        f"{counted(statistics.n_users, 'person')}."
    )
    if bundle.has_people:
        return f"{learnt} **The ids of these people and all their ratings are in it.**"
    return f"{learnt} Neither ids nor ratings of these people are in it."


def _use(bundle: Bundle) -> str:
    ids = bundle.items.ids[:1].tolist()
    return f"rg.Recommender(bundle).recommend({{{ids[0]!r}: {_top(bundle)}}})" if ids else "rg.Recommender(bundle)"


def _top(bundle: Bundle) -> float:
    """What a person gives who likes a movie."""
    return 1.0 if bundle.scale is None else bundle.scale.high


def _data(bundle: Bundle, terms: Terms | None, licence: str | None) -> list[str]:
    data = bundle.info.get("data", {})
    scale = "no stars" if bundle.scale is None else f"stars from {bundle.scale.low:g} to {bundle.scale.high:g}"
    lines = [
        f"- name, by the form of the files: {data.get('name') or 'not given'}",
        f"- ratings: {data.get('ratings', 'not known')}, {bundle.feedback}, {scale}",
        f"- SHA-256: `{data.get('sha256') or 'not known'}`",
    ]
    stated = f" The bundle is published under `{licence}`." if licence else ""
    unknown = "The terms of the data are not known to reelgraph: whoever publishes the bundle has to state them."
    details = ", ".join(details_of_movies(bundle.catalogue)).replace("_", " ")
    from_elsewhere = (
        f" It says of movies: {details}; the terms of where these are from apply to them." if details else ""
    )
    return ["\n".join(lines), f"{terms.summary if terms else unknown}{from_elsewhere}{stated}"]


def _figures(bundle: Bundle) -> list[str]:
    rows = [f"| {name} | {figures['mean']:.4f} | {_interval(figures)} |" for name, figures in _measured(bundle)]
    if not rows:
        return ["Nothing was measured."]
    protocol = str(bundle.info.get("protocol", "")) or "The protocol is not recorded."
    return ["\n".join(("| metric | mean | 95 % interval |", "| --- | --- | --- |", *rows)), protocol]


def _making(bundle: Bundle) -> list[str]:
    info = bundle.info
    versions = ", ".join(f"{name} {version}" for name, version in info.get("versions", {}).items())
    lines = [
        f"- model: {_model_name(bundle)}, settings `{_yaml(info.get('model', {}).get('settings', {}))}`",
        f"- split: `{_yaml(info.get('split', {}))}`",
        f"- seed: {info.get('seed', 'not known')}",
        f"- fit: {info.get('training', {}).get('stopped_because') or 'not recorded'}",
        f"- versions: {versions or 'not known'}",
    ]
    files = "JSON, safetensors and Parquet, no pickle; `manifest.json` has the SHA-256 of each, compared on loading."
    return ["\n".join(lines), f"Files: {files}"]
