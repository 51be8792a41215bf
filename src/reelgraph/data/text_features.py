"""Words of texts as weighted features: term frequency times inverse document frequency."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from reelgraph.core import IntArray, Matrix

MAX_LETTERS = 4_000
"""Of a text that are read."""

MAX_WORDS = 20_000
"""Columns at most: the words that most texts have."""

_WORD = re.compile(r"[^\W_]{2,}")
_COMMON_SHARE, _COMMON_TEXTS = 0.1, 20  # a word of more texts than both is left out: it says little and costs most


def tf_idf(texts: Sequence[str], min_rows: int = 3) -> tuple[tuple[str, ...], Matrix]:
    r"""The words of texts, rare ones weighing more.

    A word that a text has f times, and m of the n texts that are not empty, weighs

    .. math:: (1 + \ln f) \ln (n / m)

    and each row is then divided by its length. Words are runs of two letters or digits and more, without case. Left out
    are words of fewer than ``min_rows`` texts, those of more than a tenth of the texts (and more than 20), and all but
    the 20,000 that most texts have.

    Args:
        texts: n texts, of each of which the first 4,000 letters are read.
        min_rows: a word counts if at least this many texts have it.

    Returns:
        The words, ascending, and ``(len(texts), n_words)`` CSR float32 in rows of length 1; a row is empty where the
        text has none of the words.

    Source: Salton and Buckley 1988, weights "ltc".

    Cost: O(letters) time, O(words of all texts) memory.
    """
    names, counted = term_counts(_WORD.findall(text[:MAX_LETTERS].casefold()) for text in texts)
    texts_with = np.bincount(counted.indices, minlength=len(names))
    n_texts = int(np.count_nonzero(np.diff(counted.indptr)))
    columns = _frequent_words(names, texts_with, n_texts, min_rows)
    return tuple(names[word] for word in columns), weighted_terms(Matrix(counted[:, columns]), n_texts)


def term_counts(terms: Iterable[Iterable[str]]) -> tuple[list[str], Matrix]:
    """How often each text has each term.

    Args:
        terms: of each text.

    Returns:
        The terms in the order in which they come, and ``(n_texts, n_terms)`` CSR float32.
    """
    vocabulary: dict[str, int] = {}
    columns, frequency, indptr = array("i"), array("f"), [0]
    for of_text in terms:
        counts = Counter(of_text)
        columns.extend(vocabulary.setdefault(term, len(vocabulary)) for term in counts)
        frequency.extend(counts.values())
        indptr.append(len(columns))
    shape = (len(indptr) - 1, len(vocabulary))
    counted = Matrix((np.array(frequency, np.float32), np.array(columns, np.int32), np.array(indptr)), shape=shape)
    return list(vocabulary), counted


def weighted_terms(counted: Matrix, n_texts: int) -> Matrix:
    """Counts of terms as weights, see `tf_idf`, in rows of length 1, ``counted.shape`` CSR float32.

    Args:
        counted: ``(n, n_terms)``, of `term_counts`.
        n_texts: of how many texts there are terms. A term of all of them weighs nothing and is left out.
    """
    weighted = counted.copy()
    weighted.sort_indices()
    idf = np.log(n_texts / np.maximum(np.bincount(weighted.indices, minlength=weighted.shape[1]), 1))
    weighted.data = (1.0 + np.log(weighted.data)) * idf[weighted.indices]
    weighted.eliminate_zeros()
    row = np.repeat(np.arange(weighted.shape[0]), np.diff(weighted.indptr))
    length = np.sqrt(np.bincount(row, weighted.data**2, minlength=weighted.shape[0]))
    values = (weighted.data / length[row]).astype(np.float32)
    return Matrix((values, weighted.indices, weighted.indptr), shape=weighted.shape)


def _frequent_words(words: Sequence[str], texts_with: IntArray, n_texts: int, min_rows: int) -> list[int]:
    """Numbers of the words that count, in the order of the words, by the number of texts that have each."""
    most = max(_COMMON_SHARE * n_texts, _COMMON_TEXTS)
    candidates = sorted(np.flatnonzero((texts_with >= min_rows) & (texts_with <= most)).tolist(), key=words.__getitem__)
    frequent = np.sort(np.argsort(-texts_with[candidates], kind="stable")[:MAX_WORDS])
    return [candidates[place] for place in frequent.tolist()]
