import numpy as np
import pytest

from reelgraph.errors import UnknownIdError
from reelgraph.types import IdIndex, RatingScale


def test_ids_are_found_as_numbers_or_text() -> None:
    numbers, words = IdIndex(np.array([3, 7]), "user"), IdIndex(np.array(["a", "7"]), "user")
    assert (numbers.row(7), numbers.row("7"), numbers.row(np.int64(7))) == (1, 1, 1)
    assert (words.row("7"), words.row(7)) == (1, 1)
    assert numbers.rows([7, 3, 7]).tolist() == [1, 0, 1]


@pytest.mark.parametrize("key", ["--5", "-", "", "9" * 5000, "x", 8, None, 3.5])
def test_an_unknown_id_is_one_clear_error(key: object) -> None:
    with pytest.raises(UnknownIdError, match=r"unknown user .* \(2 are known, e.g. 3\)"):
        IdIndex(np.array([3, 7]), "user").row(key)


def test_an_empty_index_knows_nothing() -> None:
    with pytest.raises(UnknownIdError, match="0 are known"):
        IdIndex(np.array([], dtype=np.int64), "user").row(1)


def test_half_star_scale_by_hand() -> None:
    scale = RatingScale(0.5, 5.0, 0.5)
    assert scale.levels().tolist() == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]
    assert scale.holds(np.array([0.0, 0.5, 3.2, 5.0, 5.5, np.nan])).tolist() == [False, True, False, True, False, False]
    assert scale.clip(np.array([-1.0, 3.2, 9.0])).tolist() == [0.5, 3.2, 5.0]
