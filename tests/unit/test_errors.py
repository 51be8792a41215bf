"""Every error is one line that says what, where and what to do."""

import pytest

from reelgraph.core import errors
from reelgraph.core.errors import BundleError, ConfigError, DataFormatError, ReelgraphError


def test_every_error_is_of_the_one_tree() -> None:
    found = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)]
    assert len(found) == 15
    assert all(issubclass(one, ReelgraphError) for one in found)


def test_hint_follows_in_brackets() -> None:
    assert str(BundleError("B is damaged", "train it again")) == "B is damaged (train it again)"
    assert str(BundleError("B is damaged")) == "B is damaged"


def test_data_error_says_file_line_column_value_and_what_was_expected() -> None:
    error = DataFormatError(
        "r.csv", "a number", line=1234, column="rating", value="abc", hint="mend the line and read again"
    )
    assert str(error) == (
        "r.csv, line 1234, column 'rating': found 'abc', expected a number (mend the line and read again)"
    )
    assert (error.path, error.line, error.column, error.value) == ("r.csv", 1234, "rating", "abc")


def test_data_error_without_a_value_is_the_bare_statement() -> None:
    assert str(DataFormatError("r.csv", "no such file")) == "r.csv: no such file"


@pytest.mark.parametrize("length", [80, 81, 10_000])
def test_a_long_value_is_cut_to_80_characters(length: int) -> None:
    text = str(DataFormatError("r.csv", "a number", value="x" * length))
    assert ("x" * 79 + "…" in text) == (length > 80)
    assert ("x" * 80 in text) == (length <= 80)


def test_unknown_setting_suggests_the_nearest() -> None:
    error = ConfigError.unknown("epoch", ("epochs", "dim"))
    assert error.did_you_mean == "epochs"
    assert str(error) == "epoch: unknown setting; known are dim, epochs (did you mean 'epochs'?)"
    assert ConfigError.unknown("zzzz", ("epochs", "dim")).did_you_mean is None


def test_errors_cross_processes_whole() -> None:
    import pickle

    error = DataFormatError("a.csv", "a number", line=3, column="rating", value="abc", hint="mend it")
    again = pickle.loads(pickle.dumps(error))  # as between a benchmark and its worker, never from a file
    assert type(again) is DataFormatError
    assert (str(again), again.line, again.value, again.hint) == (str(error), 3, "abc", "mend it")
