"""Turn JSON and XML with a list of movies into a table, so that its fields are read as columns are."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.export_entry import MAX_ROWS
from reelgraph.importers.table import MAX_CELLS, ExportTable, unique_keys

_MAX_COLUMNS = 200
_ID_GROUPS = re.compile(r"(?:provider|external)?_?ids?$", re.IGNORECASE)
_MAX_XML_DEPTH = 32
_MAX_DEPTH = 4  # of the list in a JSON file


def json_tables(value: Any, source: str) -> list[tuple[str, ExportTable]]:
    """The lists of objects in a JSON value, each with the name of its section ("" at the top)."""
    return [
        (name, _to_table(list(map(flatten, rows)), f"{source}, {name}" if name else source))
        for name, rows in lists_of_objects(value)
    ]


def lists_of_objects(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The lists of objects in a JSON value, each with the name of its section ("" at the top).

    Args:
        value: of the JSON file.
        name: of the section that ``value`` is.
        depth: of it in the file.
    """
    if isinstance(value, list):
        rows = [element for element in value if isinstance(element, Mapping)]
        if rows:
            yield name, rows
    elif isinstance(value, Mapping) and depth < _MAX_DEPTH:
        for key, element in value.items():
            yield from lists_of_objects(element, str(key), depth + 1)


def flatten(row: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an object and of the objects in it; ids are named by their service."""
    fields: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            for inner_name, inner in value.items():
                key = f"{inner_name}_id" if _ID_GROUPS.fullmatch(name) else inner_name
                fields.setdefault(key if key not in row else f"{name} {key}", _to_text(inner))
        elif isinstance(value, list):
            parts = [part.get("id", "") if isinstance(part, Mapping) else part for part in value]
            fields[name] = " ".join(filter(None, map(_to_text, parts)))
        else:
            fields[name] = _to_text(value)
    return fields


def _to_text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int | float) else ""


def read_xml(data: bytes, source: str) -> ExportTable:
    """The table of an XML file: the elements of the most frequent name that have elements of their own.

    Raises:
        DataFormatError: it is not XML, declares entities, or has no such elements.
    """
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data:
        raise DataFormatError(source, "refused: XML with a document type or entities")
    if data.count(b"<") > MAX_CELLS:
        raise DataFormatError(source, f"refused: XML of more than {MAX_CELLS:,} elements")
    root = _parse_xml(data, source)
    counts = Counter(element.tag for element in root.iter() if element is not root and len(element))
    if not counts:
        raise DataFormatError(source, "expected XML with one element for each movie, found none")
    tag = counts.most_common(1)[0][0]
    rows = [
        {re.sub(r"^\{.*\}", "", field.tag): (field.text or "").strip() for field in element} | dict(element.attrib)
        for element in root.iter(tag)
    ]
    return _to_table(rows, source)


def _parse_xml(data: bytes, source: str) -> ElementTree.Element:
    depth = 0
    root: ElementTree.Element | None = None
    try:
        for event, element in ElementTree.iterparse(io.BytesIO(data), ("start", "end")):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > _MAX_XML_DEPTH:
                raise DataFormatError(source, f"refused: XML nested deeper than {_MAX_XML_DEPTH}")
    except ElementTree.ParseError as error:
        raise DataFormatError(source, f"expected XML: {error}") from None
    if root is None:
        raise DataFormatError(source, "expected XML, found no element")
    return root


def _to_table(rows: Sequence[Mapping[str, str]], source: str) -> ExportTable:
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    if len(rows) > MAX_ROWS or len(header) > _MAX_COLUMNS or len(rows) * len(header) > MAX_CELLS:
        raise DataFormatError(source, f"refused: more than {MAX_ROWS:,} rows or {_MAX_COLUMNS} fields in a row")
    keys = unique_keys(header)
    columns = {key: [row.get(name, "") for row in rows] for key, name in zip(keys, header, strict=True)}
    return ExportTable(source, keys, columns, list(range(1, len(rows) + 1)), header=header, row_word="entry")
