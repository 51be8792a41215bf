"""Tables of JSON or delimited text as rows of columns and values, and the lists inside their cells."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reelgraph.core.errors import DataFormatError
from reelgraph.core.interruption import raise_if_interrupted
from reelgraph.core.plain_text import plain_text

_MAX_CELL = 2**22  # letters
_MAX_JSON = 2**29  # bytes of a file that is one JSON value; a value a line may be as long as it likes
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_NAME_KEYS = ("name", "title", "value", "english_name")


def rows_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a table, one after the other.

    Args:
        path: ``.csv`` or ``.tsv`` with a header; ``.json`` with one object, a list of objects or a result of a SPARQL
            query; or ``.jsonl`` with an object a line.

    Raises:
        DataFormatError: the file is missing, damaged, too big, or of another form.
    """
    ending = path.suffix.lower()
    try:
        if ending in _SEPARATORS:
            yield from _delimited(path, _SEPARATORS[ending])
        elif ending in (".jsonl", ".ndjson"):
            with path.open("rb") as file:
                yield from (_object(path, line, number) for number, line in enumerate(file, 1) if line.strip())
        elif ending == ".json":
            yield from _json(path)
        else:
            raise DataFormatError(path, "a name that ends in .csv, .tsv, .json or .jsonl")
    except UnicodeDecodeError as error:
        raise DataFormatError(path, f"text in UTF-8: {error.reason}", hint="save it as UTF-8") from None
    except (OSError, csv.Error) as error:
        raise DataFormatError(path, f"a table: {error}") from None


def _delimited(path: Path, separator: str) -> Iterator[Mapping[str, Any]]:
    csv.field_size_limit(_MAX_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=separator):
            raise_if_interrupted()
            yield {name.strip(): value for name, value in row.items() if isinstance(name, str) and value}


def _object(path: Path, line: bytes, number: int) -> Mapping[str, Any]:
    raise_if_interrupted()
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise DataFormatError(path, "a JSON object a line", line=number, value=line[:80].decode("utf-8", "replace"))
    return value


def _json(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.stat().st_size > _MAX_JSON:
        hint = "write one object a line, and call the file .jsonl"
        raise DataFormatError(path, f"at most {_MAX_JSON:,} bytes in one JSON value", hint=hint)
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DataFormatError(path, f"JSON: {error}") from None
    if isinstance(value, dict) and isinstance(value.get("results"), dict):  # SPARQL 1.1 Query Results JSON Format
        value = _bindings(path, value["results"].get("bindings"))
    elif isinstance(value, dict):
        value = value["results"] if isinstance(value.get("results"), list) else [value]
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise DataFormatError(path, "an object, or a list of objects")
    yield from value


def _bindings(path: Path, rows: Any) -> list[Mapping[str, Any]]:
    """The rows of a result of a SPARQL query, with the values of their cells."""
    is_result = isinstance(rows, list) and all(
        isinstance(row, dict) and all(isinstance(cell, dict) for cell in row.values()) for row in rows
    )
    if not is_result:
        raise DataFormatError(path, "bindings that are a list of objects, as of a SPARQL query")
    return [{name: cell.get("value") for name, cell in row.items()} for row in rows]


def text_of(value: Any) -> str:
    """A cell as `plain_text`, "" for none."""
    if isinstance(value, str):
        return plain_text(value).strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def start_of(row: Mapping[str, Any]) -> str:
    """A row in short, for messages."""
    return ", ".join(f"{name}: {text_of(value)}" for name, value in list(row.items())[:4] if text_of(value))


def number_of(value: Any) -> int:
    """A cell as a whole number, 0 where it is none: "106", "106.0", 106."""
    match = re.fullmatch(r"(\d{1,12})(?:\.\d*)?", text_of(value), re.ASCII)
    return int(match.group(1)) if match else 0


def number_or_text(value: Any) -> int | str:
    """A cell as a whole number, as the text that it is where that is no number, and 0 where there is none."""
    text = text_of(value)
    return number_of(text) if re.fullmatch(r"\d{1,12}(?:\.\d*)?", text, re.ASCII) else text or 0


def year_of(value: Any) -> int:
    """The year of a date such as "1995-10-30", 0 where there is none."""
    match = re.match(r"[+]?(\d{4})(?!\d)", text_of(value), re.ASCII)
    return int(match.group(1)) if match else 0


def entries_of(value: Any, separators: str = "|;,") -> list[Any]:
    """The entries of a cell: a list, JSON or Python text of one, or texts with a separator.

    The first of the separators that stands in the text parts it.
    """
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value]
    text = text_of(value)
    if text[:1] in "[{" and text:
        parsed = _parsed(text)
        if parsed is not None:
            return parsed if isinstance(parsed, list) else [parsed]
    separator = next((mark for mark in separators if mark in text), None)
    return [part.strip() for part in text.split(separator)] if separator else [text] if text else []


def _parsed(text: str) -> Any:
    if len(text) > _MAX_CELL:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:  # tables of Kaggle have lists as Python writes them
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def names_of(value: Any, separators: str = "|;,") -> list[str]:
    """The names of the entries of a cell, which may be texts or objects with a name."""
    names = []
    for entry in entries_of(value, separators):
        if isinstance(entry, dict):
            entry = next((entry[key] for key in _NAME_KEYS if entry.get(key)), "")
        names.append(text_of(entry))
    return [name for name in names if name]
