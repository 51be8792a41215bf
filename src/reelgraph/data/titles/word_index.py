"""The words of titles: which movies have a word, a word that begins so, or a word that is spelled nearly so."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from reelgraph.core import IntArray

_ONE_TYPO_LENGTH, _TWO_TYPOS_LENGTH = 4, 8  # letters from which a word may have one or two wrong ones
_MAX_NEIGHBOURS = 50


class WordIndex:
    """Movies by the words of their titles.

    Args:
        words: the words of each movie; a word may be repeated.

    Cost: O(words) to build; a look-up reads the movies that have the word.
    """

    def __init__(self, words: Sequence[Sequence[str]]) -> None:
        ids: dict[str, int] = {}
        word_ids = [ids.setdefault(word, len(ids)) for row_words in words for word in row_words]
        rows = np.repeat(np.arange(len(words)), [len(row_words) for row_words in words])
        self.n_rows = len(words)
        self.vocabulary = sorted(ids)
        place = np.empty(len(ids), np.int64)
        place[[ids[word] for word in self.vocabulary]] = np.arange(len(ids))
        pairs = np.unique(place[word_ids] * max(self.n_rows, 1) + rows) if word_ids else np.empty(0, np.int64)
        self._rows = (pairs % max(self.n_rows, 1)).astype(np.int32)
        counts = np.bincount(pairs // max(self.n_rows, 1), minlength=len(ids))
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def rows(self, word: str) -> IntArray:
        """Movies with this word."""
        place = bisect_left(self.vocabulary, word)
        if place == len(self.vocabulary) or self.vocabulary[place] != word:
            return self._rows[:0]
        return self._rows[self._starts[place] : self._starts[place + 1]]

    def rows_with_prefix(self, prefix: str) -> IntArray:
        """Movies with a word that begins so; a movie may be repeated."""
        first, last = bisect_left(self.vocabulary, prefix), bisect_left(self.vocabulary, prefix + "\U0010ffff")
        return self._rows[self._starts[first] : self._starts[last]]

    def neighbours(self, word: str) -> list[tuple[str, int]]:
        """Words with one or two other letters, and how many letters differ; none for short words and for numbers.

        Raises:
            ImportError: rapidfuzz is not installed.
        """
        most = 2 if len(word) >= _TWO_TYPOS_LENGTH else 1 if len(word) >= _ONE_TYPO_LENGTH else 0
        if not most or word.isdecimal():
            return []
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        letters, lengths = self._letters_and_lengths
        is_near = np.bitwise_count(letters ^ np.uint64(_letter_set(word))) <= 2 * most  # an edit changes two letters
        is_near &= np.abs(lengths - len(word)) <= most
        choices = [self.vocabulary[place] for place in np.flatnonzero(is_near).tolist()]
        hits = process.extract(word, choices, scorer=OSA.distance, score_cutoff=most, limit=_MAX_NEIGHBOURS)
        return [(neighbour, int(distance)) for neighbour, distance, _ in hits if distance and not neighbour.isdecimal()]

    @cached_property
    def _letters_and_lengths(self) -> tuple[IntArray, IntArray]:
        """The set of letters of each word of the vocabulary, as bits, and its length."""
        letters = np.array([_letter_set(word) for word in self.vocabulary], np.uint64)
        return letters, np.array([len(word) for word in self.vocabulary])


def _letter_set(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits
