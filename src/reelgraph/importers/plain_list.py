"""Lists without a header: a title or an id in each line, or titles with years and ratings in columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reelgraph.core.errors import DataFormatError
from reelgraph.data.readers import text
from reelgraph.importers.export_entry import MAX_ROWS
from reelgraph.importers.field_parsers import parse_imdb_id
from reelgraph.importers.rating_text import ParsedRating, parse_rating
from reelgraph.importers.table import ExportTable

_HEADING = re.compile(r"#{1,6} ")  # of Markdown, or a comment
_NUMBERED = re.compile(r"\s*\d{1,5}[.)]\s+(?=\S)")
_BULLET = re.compile(r"\s*[-*•–·]\s+(?=\S)")
_CHECKBOX = re.compile(r"\s*(?:[-*]\s+)?\[[xX✓ ]\]\s+(?=\S)")
_TITLE_AND_RATING = re.compile(r"(?P<title>.*\(\d{4}\))\s*(?:[-–—:,;|\t]\s*)?(?P<rating>\S.*)$")
_TITLE_AND_YEAR = re.compile(r"(?P<title>.*\S)[ ,;]+[\[(]?(?P<year>(?:1[89]|20)\d\d)[\])]?")
_LETTERBOXD_PAGE = re.compile(r"https?://letterboxd\.com/(?:[\w-]+/)?film/(?P<slug>[\w-]+)")
_SLUG_WITH_YEAR = re.compile(r".+-(?:1[89]|20)\d\d")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_WITH_YEAR = re.compile(r"\((?:1[89]|20)\d\d\)")
_ID = re.compile(r"tt\d{6,10}|https?://\S+")
_HIGHEST_RATING = 100
_SHARE = 0.9  # of the lines that must have a form
_SHARE_OF_BARE_RATINGS = 0.5  # people leave some movies unrated
_MAX_LETTERS = 500  # of a line; longer ones are prose


def read_list(data: bytes, source: str, *, is_text_file: bool) -> ExportTable | None:
    """A list without a header as a table with one, or None if the text has another form.

    Args:
        data: UTF-8 text of which the first line is not a header.
        source: the file, for messages.
        is_text_file: its name says that it is text, so that lines of any words are titles.

    Raises:
        DataFormatError: it has more than `MAX_ROWS` lines.
    """
    content = text.to_utf8(data, source)
    if content.count(b"\n") > MAX_ROWS:
        raise DataFormatError(source, f"refused: more than {MAX_ROWS:,} rows")
    numbered = [
        (number, line.strip())
        for number, line in enumerate(content.decode().split("\n"), start=1)
        if line.strip() and not _HEADING.match(line)
    ]
    if not numbered or max(len(line) for _, line in numbered) > _MAX_LETTERS:
        return None
    numbers, lines = [number for number, _ in numbered], [line for _, line in numbered]
    table = _columns_by_content(lines, numbers, source)
    if table is not None:
        return table
    if _share(lines, _CHECKBOX.match) >= _SHARE:
        states = ["watched" if "[ ]" not in line[:8] else "to watch" for line in lines]
        return _table(source, numbers, title=[_CHECKBOX.sub("", line, count=1) for line in lines], status=states)
    for mark in (_NUMBERED, _BULLET):
        if _share(lines, mark.match) >= _SHARE and len(lines) > 1:
            lines = [mark.sub("", line, count=1) for line in lines]
    table = _addresses_and_ids(lines, numbers, source) or _titles_with_numbers(lines, numbers, source)
    if table is not None:
        return table
    is_list_of_titles = _share(lines, _WITH_YEAR.search) >= 0.5 or (is_text_file and len(lines) > 1)
    return _table(source, numbers, title=[_unquoted(line) for line in lines]) if is_list_of_titles else None


def _addresses_and_ids(lines: list[str], numbers: list[int], source: str) -> ExportTable | None:
    if _share(lines, _LETTERBOXD_PAGE.match) >= _SHARE:
        slugs = [match["slug"] if (match := _LETTERBOXD_PAGE.match(line)) else "" for line in lines]
        years = [slug[-4:] if _SLUG_WITH_YEAR.fullmatch(slug) else "" for slug in slugs]
        titles = [slug.removesuffix(f"-{year}").replace("-", " ") for slug, year in zip(slugs, years, strict=True)]
        return _table(source, numbers, title=titles, year=years)
    if _share(lines, _ID.fullmatch) >= _SHARE:
        return _table(source, numbers, imdb_id=[line if parse_imdb_id(line) else "" for line in lines], link=lines)
    if _share(lines, str.isdecimal) == 1 and len(lines) > 1:
        return _table(source, numbers, item_id=lines)
    return None


def _titles_with_numbers(lines: list[str], numbers: list[int], source: str) -> ExportTable | None:
    """Titles with ratings or years behind them; a line without a rating is a movie seen."""
    if _share(lines, _has_rating) >= _SHARE_OF_BARE_RATINGS or any(map(_has_marked_rating, lines)):
        matches = [_TITLE_AND_RATING.match(line) for line in lines]
        titles = [match["title"] if match else line for match, line in zip(matches, lines, strict=True)]
        return _table(source, numbers, title=titles, rating=[match["rating"] if match else "" for match in matches])
    if _share(lines, _TITLE_AND_YEAR.fullmatch) >= _SHARE:
        matches = [_TITLE_AND_YEAR.fullmatch(line) for line in lines]
        titles = [match["title"] if match else line for match, line in zip(matches, lines, strict=True)]
        return _table(source, numbers, title=titles, year=[match["year"] if match else "" for match in matches])
    return None


def _columns_by_content(lines: Sequence[str], numbers: list[int], source: str) -> ExportTable | None:
    """Columns of titles, of years and of ratings or ids, recognised by their contents; None if they cannot be."""
    for separator in ("\t", ";", "|", ","):
        rows = [text.split_line(line, separator) for line in lines]
        width = len(rows[0])
        if not (2 <= width <= 4 and len(rows) > 1 and all(len(row) == width for row in rows)):
            continue
        columns: dict[str, list[str]] = {}
        for fields in zip(*rows, strict=True):
            role = _role_of(fields)
            if not role or role in columns:
                return None
            columns[role] = list(fields)
        is_list = "imdb_id" in columns or ("item_id" in columns and "rating" in columns)
        if is_list or ("title" in columns and ("year" in columns or "rating" in columns)):
            return _table(source, numbers, **columns)
    return None


def _role_of(fields: Sequence[str]) -> str:
    if _share(fields, lambda field: field.startswith("tt") and parse_imdb_id(field)) >= _SHARE:
        return "imdb_id"
    if _share(fields, _YEAR.fullmatch) >= _SHARE:
        return "year"
    if all(map(str.isdecimal, fields)) and max(map(int, fields)) > _HIGHEST_RATING:
        return "item_id"
    if all(not field or parse_rating(field) is not None for field in fields):
        return "rating"
    if all(re.match(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}", field) for field in fields if field):
        return "time"
    return "title" if _share(fields, re.compile(r"[^\W\d_]").search) >= 0.5 else ""


def _has_rating(line: str) -> bool:
    return _rating_behind_title(line) is not None


def _has_marked_rating(line: str) -> bool:
    """Whether the rating cannot be another number: it has star signs, a percent sign or its highest value."""
    rating = _rating_behind_title(line)
    return rating is not None and rating.highest > 0


def _rating_behind_title(line: str) -> ParsedRating | None:
    match = _TITLE_AND_RATING.match(line)
    return parse_rating(match["rating"]) if match else None


def _share(lines: Sequence[str], test: object) -> float:
    return sum(bool(test(line)) for line in lines) / len(lines)  # type: ignore[operator]


def _unquoted(line: str) -> str:
    return line[1:-1].strip() if len(line) > 1 and line[0] == line[-1] == '"' else line


def _table(source: str, numbers: list[int], **columns: list[str]) -> ExportTable:
    keys = {role.replace("_", ""): values for role, values in columns.items()}
    return ExportTable(source, tuple(keys), keys, numbers, header=tuple(columns))
