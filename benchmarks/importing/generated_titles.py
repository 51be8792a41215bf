"""A catalogue of invented titles of any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reelgraph.core import Catalogue
from reelgraph.data.readers.metadata import MovieRow, catalogue

_WORDS = (
    "Silent Golden Broken Crimson Winter Burning Lonely Secret",
    "Garden River Señorita Café Königin Étoile Mirror Bride",
    "Berlin Dust Tomorrow Wolves Marrakech Kraków Thunder Ávila",
)


def generated(n: int, seed: int = 0) -> Catalogue:
    """A catalogue of invented titles, with articles, accents, other names, sequels, remakes and ids."""
    generator = np.random.default_rng(seed)
    syllables = [
        one + two for one in "bcdfglmnprstv" for two in ("a", "e", "i", "o", "u", "an", "er", "il", "or", "us")
    ]

    def word() -> str:
        return "".join(
            syllables[place] for place in generator.integers(len(syllables), size=generator.integers(2, 5))
        ).capitalize()

    def one_of(words: Sequence[str]) -> str:
        return words[int(generator.integers(len(words)))]

    lists = [words.split() for words in _WORDS]
    rows: list[MovieRow] = []
    while len(rows) < n:
        first, second, third = map(one_of, lists)
        shape = int(generator.integers(5))
        name = (
            f"{first} {word()}",
            word(),
            f"{word()} & {third}",
            f"{second} of {word()}",
            f"{word()}: {first} {third}",
        )[shape]
        end = one_of(("", ", The", ", A", ""))
        if generator.random() < 0.1:
            end += f" ({word()} {word()})"
        year = int(generator.integers(1920, 2024))
        rows.append(MovieRow(len(rows) + 1, f"{name}{end} ({year})", year))
        again = generator.random()
        if again < 0.05:
            rows.append(MovieRow(len(rows) + 1, f"{name}{end} ({year + 20})", year + 20))
        elif again < 0.1:
            rows.append(MovieRow(len(rows) + 1, f"{name} II{end} ({year + 2})", year + 2))
    with_ids = [replace(row, imdb_id=f"tt{row.item_id:07d}", tmdb_id=int(row.item_id)) for row in rows[:n]]
    return catalogue(with_ids, np.arange(1))
