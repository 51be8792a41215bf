"""How similar the stories of movies are: cosines of the words of their overviews, their keywords and their genres."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reelgraph.core import Catalogue, FloatArray
from reelgraph.core.errors import CapabilityError
from reelgraph.data.text_features import term_counts, weighted_terms
from reelgraph.data.titles.title_parsing import normalised_words


class StorySimilarity:
    """Cosines of TF-IDF vectors of what movies are about, see `tf_idf <reelgraph.data.text_features.tf_idf>`.

    The terms of a movie are the words of its overview and of its keywords, its keywords as a whole and its genres; the
    texts are the movies of which an overview or a keyword is known, so words of all stories count for nothing.

    Args:
        catalogue: of the movies.

    Raises:
        CapabilityError: it has neither overviews nor keywords.

    Source: Salton and Buckley 1988 ("Term-weighting approaches in automatic text retrieval").

    Cost: O(words), some seconds for 100,000 overviews; then O(words) for each movie that others are compared with.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        if not any(catalogue.overview) and not any(catalogue.keywords):
            raise CapabilityError("the catalogue has no overviews and no keywords", "add them: reelgraph data enrich")
        has_words = [bool(text or words) for text, words in zip(catalogue.overview, catalogue.keywords, strict=True)]
        self._titles = catalogue.title
        self._has_story = np.array(has_words, np.bool_)
        terms = (_terms(catalogue, row) if has_story else () for row, has_story in enumerate(has_words))
        self._vectors = weighted_terms(term_counts(terms)[1], int(self._has_story.sum()))

    def cosines_to(self, item_row: int) -> FloatArray:
        """Cosine of each movie with ``item_row``, ``(n_items,)`` float32, from 0 to 1; 0 where no story is known.

        Raises:
            CapabilityError: neither an overview nor keywords are known of the movie.
        """
        if not self._has_story[item_row]:
            raise CapabilityError(
                f"neither an overview nor keywords are known of {self._titles[item_row]}", "ask by viewers"
            )
        vector = np.asarray(self._vectors[[item_row]].todense(), np.float32).ravel()
        cosines: FloatArray = self._vectors @ vector
        return cosines


def _terms(catalogue: Catalogue, row: int) -> Iterator[str]:
    """The terms of a movie; those that are no single words have a mark in front."""
    yield from normalised_words(catalogue.overview[row])
    for keyword in catalogue.keywords[row]:
        yield f"keyword {keyword.casefold()}"
        yield from normalised_words(keyword)
    for genre in catalogue.genres[row]:
        yield f"genre {genre}"
