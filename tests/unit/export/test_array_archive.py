"""Arrays in an archive come out as they went in, and patterns of Python mean the same in a script."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest

from reelgraph.export.array_archive import ArrayArchive, add_float_columns
from reelgraph.export.star_draws import codes_of, rounded_columns
from reelgraph.export.title_rules import script_pattern, title_rules

W = r"[\p{L}\p{N}_]"  # a letter of a word


def unpacked(archive: ArrayArchive) -> bytes:
    return zlib.decompress(base64.b64decode(archive.packed()), -15)


def test_arrays_lie_at_multiples_of_eight_bytes_and_come_out_as_they_went_in() -> None:
    archive = ArrayArchive()
    archive.add("a", np.array([-3, 4, 5], np.int8))
    archive.add("b", np.array([1.5, -2.25]))
    archive.add_json("c", {"title": "Amélie"})
    content = unpacked(archive)
    assert {name: (kind, start % 8) for name, (kind, start, _) in archive.directory.items()} == {
        "a": ("int8", 0), "b": ("float64", 0), "c": ("json", 0),
    }  # fmt: skip
    _, start, length = archive.directory["b"]
    assert np.frombuffer(content[start : start + length]).tolist() == [1.5, -2.25]
    _, start, length = archive.directory["c"]
    assert json.loads(content[start : start + length]) == {"title": "Amélie"}


@pytest.mark.parametrize("largest", [9, 70_000])
def test_columns_are_differences_in_their_row(largest: int) -> None:
    archive, indptr, indices = ArrayArchive(), np.array([0, 2, 2, 5]), np.array([3, largest, 0, 1, 5])
    archive.add_indices("s", indptr, indices)
    content = unpacked(archive)
    steps = np.zeros(5, np.int64)
    for place in range(4):
        if f"s.byte{place}" in archive.directory:
            _, start, length = archive.directory[f"s.byte{place}"]
            steps += np.frombuffer(content[start : start + length], np.uint8).astype(np.int64) << (8 * place)
    assert steps.tolist() == [3, largest - 3, 0, 1, 4]
    _, start, length = archive.directory["s.counts"]
    assert np.frombuffer(content[start : start + length], np.uint32).tolist() == [2, 0, 3]


def test_bytes_of_floats_lie_apart() -> None:
    archive, values = ArrayArchive(), np.array([1.0, -0.1, 3e-7], np.float32)
    add_float_columns(archive, "x", values)
    raw = np.frombuffer(unpacked(archive)[:12], np.uint8).reshape(4, 3)
    assert np.ascontiguousarray(raw.T).view("<f4").ravel().tolist() == values.tolist()


def test_rounded_tables_are_whole_multiples_of_one_step_a_column() -> None:
    table = np.random.default_rng(0).normal(size=(2, 50, 3)).astype(np.float32)
    rounded = rounded_columns(table)
    codes, step = codes_of(rounded)
    assert np.array_equal(codes.astype(np.float32) * step[:, :, None], rounded.transpose(0, 2, 1))
    assert np.abs(rounded - table).max() <= step.max() / 2 + 1e-6


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (re.compile(r"\bno\d+"), rf"(?:(?<={W})(?!{W})|(?<!{W})(?={W}))no\p{{Nd}}+"),
        (re.compile(r"[^\W_]+"), r"[\p{L}\p{N}]+"),
        (re.compile(r"\w[\w-]"), r"[\p{L}\p{N}_][\p{L}\p{N}_\-]"),
        (re.compile(r"(?P<separator>[-/.\ ])(?P=separator)"), r"(?<separator>[-\/. ])\k<separator>"),
        (re.compile(r" a \  b ", re.VERBOSE), "a b"),
    ],
)  # fmt: skip
def test_patterns_are_rewritten(pattern: re.Pattern[str], expected: str) -> None:
    assert script_pattern(pattern)[0] == expected


def test_rules_are_plain_values() -> None:
    rules = title_rules()
    assert json.loads(json.dumps(rules)) == rules
    assert rules["casefold"]["ß"] == "ss"
    assert rules["evidence"]["sure"]["0,0"] == 0
