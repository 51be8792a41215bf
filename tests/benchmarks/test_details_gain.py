"""What details add for new movies: which catalogues are compared, and how."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import reelgraph as rg
from benchmarks.enrichment.gain import ALL, NONE, OF_OTHERS, Variant, gains, variants
from benchmarks.enrichment.generated_details import generated_details
from reelgraph.core import Catalogue, Dataset

N_MOVIES = 60


def small_data() -> Dataset:
    """80 people, half of whom like the even movies and half the odd ones, which only their stories tell apart."""
    draw = np.random.default_rng(0)
    user = np.repeat(np.arange(80), 20)
    item = np.concatenate([draw.permutation(N_MOVIES)[:20] for _ in range(80)])
    rating = np.where((user + item) % 2 == 0, 5.0, 2.0)
    catalogue = dataclasses.replace(
        Catalogue.from_ids(np.arange(N_MOVIES)),
        title=np.array([f"Film {item} (1995)" for item in range(N_MOVIES)]),
        year=np.full(N_MOVIES, 1995),
        genres=(("Drama",),) * N_MOVIES,
    )
    return rg.from_frame({"user": user, "item": item, "rating": rating}, catalogue=catalogue)


def test_each_kind_that_a_file_has_is_added_alone_and_then_all(tmp_path: Path) -> None:
    data, path = small_data(), tmp_path / "facts.json"
    facts = [
        {"title": "Film 3", "year": 1995, "director": "Ann Lee", "cast": "Bo Ek|Ann Lee", "overview": "A heist."},
        {"title": "Film 4", "year": 1995, "overview": "A wedding."},
    ]
    path.write_text(json.dumps(facts))
    found = {one.name: one for one in variants(data, [path], generated=False)}
    assert list(found) == [NONE, "directors", "people", "overviews", ALL, OF_OTHERS]
    assert [one.movies for one in found.values()] == [0, 1, 1, 2, 2, 2]
    assert {one.origin for one in found.values()} == {"", "files"}
    assert found["directors"].catalogue.people[3] == ("Ann Lee",)
    assert found["directors"].catalogue.cast[3] == ()
    assert found["people"].catalogue.people[3] == ("Ann Lee", "Bo Ek")
    assert found["overviews"].catalogue.people[3] == ()
    assert found[ALL].catalogue.overview[3:5] == ("A heist.", "A wedding.")
    assert set(found[OF_OTHERS].catalogue.overview) == set(found[ALL].catalogue.overview)
    with_invented = {one.name: one.origin for one in variants(data, [path], generated=True)}
    assert with_invented["overviews"] == "files"
    assert with_invented["keywords"] == with_invented["series"] == "generated"
    assert with_invented[ALL] == "files, generated"


def test_details_go_with_all_of_a_movie_to_another_one(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(
        json.dumps([{"title": f"Film {n}", "year": 1995, "director": f"D{n}", "overview": f"O{n}."} for n in range(9)])
    )
    catalogue = list(variants(small_data(), [path], generated=False))[-1].catalogue
    pairs = [
        (names[0][1:], text[1:-1]) for names, text in zip(catalogue.directors, catalogue.overview, strict=True) if text
    ]
    assert len(pairs) == 9
    assert all(director == overview for director, overview in pairs)
    assert [int(director) for director, _ in pairs] != list(range(9))
    assert not any(catalogue.overview[9:])


def test_stories_that_tell_movies_apart_gain_and_none_change_nothing() -> None:
    data = small_data()
    words = ("wedding party", "haunted castle", "laughter dance", "ghost night", "holiday beach", "vampire blood")
    stories = tuple(words[item % 6] for item in range(N_MOVIES))  # of the odd movies and of the even ones
    made = [
        Variant(NONE, "", 0, data.catalogue),
        Variant("overviews", "files", N_MOVIES, dataclasses.replace(data.catalogue, overview=stories)),
        Variant("the same", "files", 0, data.catalogue),
    ]
    rows = list(gains(data, made, ["feature-knn"], seeds=1))
    assert rows[1]["gain"]["low"] > 0.1
    assert rows[1]["gain"]["mean"] == pytest.approx(rows[1]["ndcg@10"] - rows[0]["ndcg@10"], abs=2e-6)
    assert rows[2]["gain"] == {"mean": 0.0, "low": 0.0, "high": 0.0}


def test_invented_details_are_of_real_sizes_and_drawn_by_seed() -> None:
    catalogue = Catalogue.from_ids(np.arange(500))
    made = generated_details(catalogue, seed=1)
    lengths = [len(text.split()) for text in made.overview]
    assert 20 <= min(lengths) < 30
    assert 70 < max(lengths) < 80
    assert all(1 <= len(cast) <= 10 for cast in made.cast)
    assert 20 < sum(map(bool, made.series)) < 80
    assert made.overview == generated_details(catalogue, seed=1).overview
    assert made.overview != generated_details(catalogue, seed=2).overview
