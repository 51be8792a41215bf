"""Moods: which movies are light, tense, moving, ..., by their genres and tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from reelgraph.core import BoolArray, Catalogue
from reelgraph.core.errors import ConfigError

MoodName = Literal["light", "moving", "tense", "exciting", "thoughtful", "family"]

_FOR_CHILDREN = frozenset(("children", "children's", "family"))


@dataclass(frozen=True)
class Mood:
    """A mood.

    A movie has the mood if it has one of ``genres`` and none of ``not_genres``, or one of ``tags``. Genres and tags are
    in lower case, in the words of MovieLens, IMDb and TMDB.
    """

    genres: frozenset[str]
    not_genres: frozenset[str]
    tags: frozenset[str] = frozenset()

    def fits(self, genres: tuple[str, ...], tags: tuple[str, ...]) -> bool:
        """Whether a movie with these genres and tags has the mood."""
        if self.tags and not self.tags.isdisjoint(tag.casefold() for tag in tags):
            return True
        folded = {genre.casefold() for genre in genres}
        return not folded.isdisjoint(self.genres) and folded.isdisjoint(self.not_genres)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(","))


MOODS: Mapping[MoodName, Mood] = {
    "light": Mood(
        _words("comedy, musical, music, animation") | _FOR_CHILDREN,
        _words("horror, war, thriller, crime, drama, film-noir, mystery, documentary, history"),
        _words("funny, hilarious, feel-good, feel good movie, lighthearted, light-hearted, uplifting, cheerful"),
    ),
    "moving": Mood(
        _words("drama, romance"),
        _words("horror, action, thriller, crime, comedy, sci-fi, science fiction, musical") | _FOR_CHILDREN,
        _words("moving, touching, emotional, tear jerker, tearjerker, bittersweet, heartbreaking, poignant"),
    ),
    "tense": Mood(
        _words("thriller, horror, mystery, film-noir"),
        _words("comedy, musical, animation, documentary") | _FOR_CHILDREN,
        _words("tense, suspense, suspenseful, gripping, nail-biting, claustrophobic, psychological thriller, creepy"),
    ),
    "exciting": Mood(
        _words("action, adventure, sci-fi, science fiction, western"),
        _words("documentary, romance") | _FOR_CHILDREN,
        _words("action-packed, fast-paced, adrenaline, superhero"),
    ),
    "thoughtful": Mood(
        _words("documentary, history, biography"),
        _words("horror, comedy, animation") | _FOR_CHILDREN,
        _words("thought-provoking, thoughtful, philosophical, philosophy, intelligent, cerebral, mindfuck"),
    ),
    "family": Mood(_FOR_CHILDREN, _words("horror, thriller, crime, war")),
}
"""The moods by name, in the order in which they are offered."""


def mood_mask(catalogue: Catalogue, mood: MoodName) -> BoolArray:
    """True where a movie has the mood, ``(n_items,)``.

    Args:
        catalogue: genres and tags of the movies.
        mood: one of `MOODS`.

    Raises:
        ConfigError: no mood has this name.

    Examples:
        >>> import dataclasses
        >>> import numpy as np
        >>> from reelgraph.core import Catalogue
        >>> genres = (("Comedy",), ("Comedy", "Crime"), ("Drama",))
        >>> catalogue = dataclasses.replace(Catalogue.from_ids(np.arange(3)), genres=genres)
        >>> mood_mask(catalogue, "light").tolist()
        [True, False, False]
    """
    if mood not in MOODS:
        raise ConfigError.unknown(mood, get_args(MoodName), "mood")
    fits = MOODS[mood].fits
    return np.array([fits(*movie) for movie in zip(catalogue.genres, catalogue.tags, strict=True)], np.bool_)
