"""What a page holds of a bundle: the model, the movies, and what is known of the ratings of others."""

from __future__ import annotations

from typing import Any

import numpy as np

from reelgraph.bundle import Bundle
from reelgraph.bundle.seen_weight import recorded_seen_weight
from reelgraph.core import Catalogue, unit_rating
from reelgraph.export.array_archive import ArrayArchive, add_float_columns
from reelgraph.export.page_model import PageModel, RankingPart, recency_of
from reelgraph.export.star_sections import add_stars
from reelgraph.recommend.cold_start import new_items, unscorable_items
from reelgraph.recommend.series_order import SeriesOrder
from reelgraph.scorers.item_filter.compact import CompactFilterScorer


def add_model(archive: ArrayArchive, model: PageModel) -> dict[str, Any]:
    """Add the arrays of a model; returns what a script has to know of them."""
    parts = [_add_part(archive, n, name, weight, part) for n, (name, weight, part) in enumerate(model.parts)]
    love = getattr(model.scorer, "love", 0.0)
    stars = None if model.stars is None else add_stars(archive, model.stars, love)
    return {"blend": model.is_blend, "parts": parts, "stars": stars}


def _add_part(archive: ArrayArchive, n: int, name: str, weight: float, part: RankingPart) -> dict[str, Any]:
    common = {
        "name": name, "weight": weight, "ratingPower": part.rating_power, "unitStars": part.unit_stars,
        "recency": recency_of(part),
    }  # fmt: skip
    if isinstance(part, CompactFilterScorer):
        for field in ("left", "right", "data"):
            archive.add(f"{n}.{field}", getattr(part, field).ravel())
        for field in ("left_scale", "right_scale", "data_scale"):
            add_float_columns(archive, f"{n}.{field}", getattr(part, field))
        archive.add_indices(f"{n}.indices", part.indptr, part.indices)
        is_whole = len(part.head) == part.n_items
        if not is_whole:
            archive.add(f"{n}.head", part.head.astype(np.int32))
        return {"kind": "filter", "rank": part.left.shape[1], "whole": is_whole, **common}
    for field in ("source", "target"):
        archive.add(f"{n}.{field}", getattr(part, field).ravel())
    for field in ("source_step", "target_step", "bias"):
        add_float_columns(archive, f"{n}.{field}", getattr(part, field))
    settings = {"cosine": part.cosine, "userPower": part.user_power}
    return {"kind": "embedding", "rank": part.source.shape[1], **settings, **common}


def add_movies(archive: ArrayArchive, bundle: Bundle) -> dict[str, Any]:
    """Add the catalogue and how often each movie was rated; returns what a script has to know of them."""
    catalogue, statistics = bundle.catalogue, bundle.item_statistics
    genres = sorted({genre for names in catalogue.genres for genre in names})
    place_of = {genre: place for place, genre in enumerate(genres)}
    archive.add_json("ids", bundle.items.ids.tolist())
    archive.add_json("titles", catalogue.title.tolist())
    archive.add("years", catalogue.year.astype(np.int32))
    archive.add_json("genres", [[place_of[name] for name in names] for names in catalogue.genres])
    archive.add_json("imdb", catalogue.imdb_id.tolist())
    archive.add("tmdb", catalogue.tmdb_id.astype(np.int32))
    archive.add("counts", statistics.counts.astype(np.int32))
    archive.add(
        "train_counts",
        (statistics.train_counts if len(statistics.train_counts) else statistics.counts).astype(np.int32),
    )
    is_listed = ~unscorable_items(bundle, new_items(bundle))
    archive.add("listed", is_listed.astype(np.uint8))
    series = SeriesOrder(catalogue)
    archive.add("series_rows", series.rows.astype(np.int32))
    archive.add("series_starts", series.starts.astype(np.int32))
    _add_search_texts(archive, catalogue)
    return {"genreNames": genres}


def _add_search_texts(archive: ArrayArchive, catalogue: Catalogue) -> None:
    """Add the people of the movies, and their titles in other languages; nothing where none is known."""
    names = sorted({name for people in catalogue.people for name in people})
    if names:
        place_of = {name: place for place, name in enumerate(names)}
        archive.add_json("people_names", names)
        archive.add_json("people", [[place_of[name] for name in people] for people in catalogue.people])
    titles = [local_titles(catalogue, row) for row in range(len(catalogue))]
    if any(titles):
        archive.add_json("local_titles", titles)


def local_titles(catalogue: Catalogue, row: int) -> list[tuple[str, str]]:
    """The titles of a movie whose languages are known, and the codes of these, each at most once, parted by spaces.

    Args:
        catalogue: of the movie.
        row: of the movie. Its original title counts, see `Catalogue.local_title`.
    """
    pairs = zip(catalogue.translated_titles[row], catalogue.title_languages[row], strict=False)
    titles = [(title, codes) for title, codes in pairs if codes]
    first, title_codes = "".join(catalogue.languages[row][:1]), {code for _, codes in titles for code in codes.split()}
    if first and first not in title_codes and catalogue.original_title[row]:
        titles.append((catalogue.original_title[row], first))
    return titles


def describe_scale(bundle: Bundle) -> dict[str, Any]:
    """The scale of the stars, and what counts for a movie that was seen without a rating."""
    scale = bundle.scale
    assert scale is not None
    return {
        "low": scale.low, "high": scale.high, "step": scale.step, "likedFrom": scale.liked_from,
        "dislikedTo": scale.of_five(2.0), "middle": scale.of_five(3.0), "star": scale.of_five(1.0) - scale.of_five(0.0),
        "seenStars": unit_rating(scale), "seenWeight": recorded_seen_weight(bundle.info),
        "meanRating": bundle.item_statistics.mean,
    }  # fmt: skip
