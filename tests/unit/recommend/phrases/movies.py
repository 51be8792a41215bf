"""The movies of movies.toml, with genres, people and lengths."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import numpy as np

from reelgraph.core import Catalogue, IdIndex
from reelgraph.recommend.phrases.catalogue_names import CatalogueNames
from reelgraph.recommend.title_lookup import TitleLookup

MOVIES = tomllib.loads((Path(__file__).parent / "movies.toml").read_text("utf-8"))["movies"]
ITEM_IDS = 10 * (1 + np.arange(len(MOVIES)))


def movie_catalogue(*, people: bool = True, minutes: bool = True) -> Catalogue:
    titles, genres, lengths, names = zip(*MOVIES, strict=True)
    return dataclasses.replace(
        Catalogue.from_ids(ITEM_IDS),
        title=np.array(titles),
        year=np.array([int(title[-5:-1]) for title in titles]),
        genres=tuple(tuple(text.split("|")) for text in genres),
        runtime=np.array(lengths if minutes else [0] * len(lengths), np.int64),
        people=tuple(tuple(text.split("|")) if people else () for text in names),
    )


def movie_names(*, people: bool = True, minutes: bool = True) -> CatalogueNames:
    catalogue = movie_catalogue(people=people, minutes=minutes)
    return CatalogueNames(catalogue, TitleLookup(IdIndex(ITEM_IDS, "item"), catalogue))
