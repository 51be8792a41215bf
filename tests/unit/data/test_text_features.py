"""Words of texts by TF-IDF: hand-worked weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reelgraph.core import Catalogue
from reelgraph.data import features, text_features
from reelgraph.data.text_features import tf_idf

TEXTS = ("A bank, a BANK: heist!", "heist in space", "", "Space opera")


def test_weights_by_hand() -> None:
    words, matrix = tf_idf(TEXTS, min_rows=1)
    assert words == ("bank", "heist", "in", "opera", "space")  # one letter is no word
    twice, rare, common = 1 + np.log(2), np.log(3), np.log(3 / 2)  # of the three texts that are not empty
    first, second, last = np.hypot(twice * rare, common), np.sqrt(2 * common**2 + rare**2), np.hypot(rare, common)
    expected = [
        [twice * rare / first, common / first, 0, 0, 0],
        [0, common / second, rare / second, 0, common / second],
        [0, 0, 0, 0, 0],
        [0, 0, 0, rare / last, common / last],
    ]
    np.testing.assert_allclose(matrix.toarray(), expected, rtol=1e-6)
    assert matrix.dtype == np.float32


def test_rare_words_are_left_out_and_rows_have_length_1() -> None:
    words, matrix = tf_idf(TEXTS, min_rows=2)
    assert words == ("heist", "space")
    np.testing.assert_allclose(matrix.toarray(), [[1, 0], [0.5**0.5, 0.5**0.5], [0, 0], [0, 1]], rtol=1e-6)


def test_common_words_are_left_out() -> None:
    texts = [f"young {'spy' if place < 20 else 'nurse'}" for place in range(41)]
    assert tf_idf(texts)[0] == ("spy",)  # 41 and 21 of 41 texts are more than a tenth and more than 20; 20 are not


def test_no_more_words_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_features, "MAX_WORDS", 2)
    assert tf_idf(("red blue", "blue green", "green blue red", "pink"), min_rows=1)[0] == (
        "blue",
        "green",
    )  # "red" too is in 2


def test_no_more_of_a_text_is_read_than_the_limit() -> None:
    words, matrix = tf_idf(("x " * 1_998 + "end here", "end", "here", "other"), min_rows=1)  # "here" begins at 4,000
    assert words == ("end", "here", "other")
    np.testing.assert_allclose(matrix.toarray()[0], [1, 0, 0])


def test_without_texts_there_are_no_words() -> None:
    words, matrix = tf_idf(("", "..."))
    assert words == ()
    assert matrix.shape == (2, 0)


def test_overviews_follow_the_given_ids() -> None:
    catalogue = dataclasses.replace(Catalogue.from_ids(np.array([1, 2, 3, 4])), overview=TEXTS)
    block = features.overviews(catalogue, np.array([4, 9, 2]), min_items=1)
    assert block.names == ("heist", "in", "opera", "space")
    np.testing.assert_allclose(np.square(block.matrix.toarray()).sum(axis=1), [1, 0, 1], rtol=1e-6)
