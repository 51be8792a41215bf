"""The rules by which `import_export` reads exports and matches titles, as data for a script: one source for both.

Tables are those of the modules that apply them in Python. Patterns are their patterns, rewritten for a script: letters,
digits and word ends of all scripts, and the names of groups.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from typing import Any

from reelgraph.data.readers import month_names, times
from reelgraph.data.titles import fuzzy_search, title_parsing
from reelgraph.importers import (
    archive,
    column_kinds,
    column_words,
    evidence,
    export_entry,
    field_parsers,
    match,
    netflix,
    rating_text,
    row_state,
    spreadsheet_cells,
    state_words,
    table,
    title_kinds,
    trakt,
)

_WORD = r"\p{L}\p{N}_"
_WORD_END = rf"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_CLASSES = {"d": r"\p{Nd}", "w": _WORD, "s": r"\s"}
_ESCAPED_IN_CLASS = "^$\\.*+?()[]{}|/-"


def title_rules() -> dict[str, Any]:
    """All tables and patterns, as JSON values."""
    return {
        "casefold": _casefolds(),
        "combining": _combining_marks(),
        "titles": _of_titles(),
        "evidence": _of_evidence(),
        "exports": _of_exports(),
        "times": _of_times(),
    }


def script_pattern(pattern: re.Pattern[str] | str, flags: str = "") -> list[str]:
    """A Python pattern of text as the source and the flags of one that a script compiles with the flag ``u``."""
    source = pattern if isinstance(pattern, str) else pattern.pattern
    if not isinstance(pattern, str):
        flags += "i" if pattern.flags & re.IGNORECASE else ""
        flags += "s" if pattern.flags & re.DOTALL else ""
        source = _without_spaces(source) if pattern.flags & re.VERBOSE else source
    source = source.replace(r"[^\W_]", r"[\p{L}\p{N}]").replace(r"[^\W\d]", r"[\p{L}\p{Nl}\p{No}_]")
    source = source.replace("(?P<", "(?<").replace("(?P=separator)", r"\k<separator>")
    source = source.replace("*+", "*")
    return [_rewritten(source), f"u{flags}"]


def _rewritten(source: str) -> str:
    """Escapes outside and inside of brackets, and characters that a script wants escaped."""
    out, in_class, at = [], False, 0
    while at < len(source):
        letter = source[at]
        if source.startswith("\\p{", at):
            end = source.index("}", at) + 1
            out.append(source[at:end])
            at = end
            continue
        if letter == "\\":
            out.append(_escape(source[at + 1], in_class=in_class))
            at += 2
            continue
        if letter == "[" and not in_class:
            in_class = True
        elif letter == "]" and in_class and out[-1] not in ("[", "^"):
            in_class = False
        elif (in_class and letter in "[{}()/|") or (not in_class and letter in "/"):
            out.append(f"\\{letter}")
            at += 1
            continue
        elif in_class and letter == "-" and source[at + 1] == "]":
            out.append("\\-")
            at += 1
            continue
        out.append(letter)
        at += 1
    return "".join(out)


def _escape(letter: str, *, in_class: bool) -> str:
    if letter == "b":
        return _WORD_END
    if letter in _CLASSES:
        return _CLASSES[letter] if in_class or letter != "w" else f"[{_WORD}]"
    if letter in "Sxuk" or letter.isdigit():
        return f"\\{letter}"
    if letter in _ESCAPED_IN_CLASS:
        return f"\\{letter}" if letter != "-" or in_class else "-"
    return {"n": "\\n", "t": "\\t", "r": "\\r", "f": "\\f", "v": "\\v"}.get(letter, letter)


def _without_spaces(source: str) -> str:
    """A verbose pattern as an ordinary one."""
    return re.sub(r"\\ |\s+", lambda match: " " if match.group() == "\\ " else "", source)


def _casefolds() -> dict[str, str]:
    """Characters whose case folding is not their lower case."""
    return {c: c.casefold() for c in map(chr, range(0xFFFF)) if c.casefold() != c.lower()}


def _combining_marks() -> str:
    """Characters that lie on others, as ranges of a character class."""
    codes = [code for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code))]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\u{{{a:x}}}" if a == b else f"\\u{{{a:x}}}-\\u{{{b:x}}}" for a, b in ranges)


def _letters(table: Any) -> dict[str, str]:
    """A table of `str.translate`."""
    return {chr(code): replacement for code, replacement in table.items()}


def _of_titles() -> dict[str, Any]:
    rules = title_parsing
    return {
        "articles": sorted(rules.ARTICLES),
        "letters": _letters(rules._LETTER_MAP),
        "numbers": rules._NUMBER_WORDS,
        "abbreviations": rules._ABBREVIATIONS,
        "roman": rules._ROMAN_LETTERS,
        "numbered": sorted(rules._NUMBERED_WORDS),
        "year": script_pattern(rules._YEAR),
        "brackets": script_pattern(rules._BRACKETS),
        "aka": script_pattern(rules._AKA),
        "movedArticle": script_pattern(rules._MOVED_ARTICLE),
        "possessive": script_pattern(rules._POSSESSIVE),
        "subtitle": script_pattern(rules._SUBTITLE_SEPARATOR),
        "episode": script_pattern(rules._EPISODE),
        "partMark": script_pattern(rules._PART_MARK),
        "word": script_pattern(rules._WORD, "g"),
        "digits": script_pattern(rules._DIGITS, "g"),
        "fuzzy": {
            "results": fuzzy_search._MAX_RESULTS, "similarity": fuzzy_search._MIN_SIMILARITY,
            "oneTypo": fuzzy_search._ONE_TYPO_LENGTH, "twoTypos": fuzzy_search._TWO_TYPOS_LENGTH,
            "farBehind": fuzzy_search._FAR_BEHIND, "lengths": fuzzy_search._MAX_LENGTH_DIFFERENCE,
        },
    }  # fmt: skip


def _of_evidence() -> dict[str, Any]:
    def words(needed: dict[Any, int]) -> dict[str, int]:
        return {f"{year:d},{title:d}": count for (year, title), count in needed.items()}

    return {
        "sure": words(evidence._SURE_WORDS),
        "doubtful": words(evidence._DOUBTFUL_WORDS),
        "letters": [evidence._LETTERS_OF_TWO_WORDS, evidence._LETTERS_OF_THREE_WORDS],
        "reasons": {f"{title:d}": text for title, text in evidence._REASONS.items()},
        "years": {f"{year:d}": text for year, text in evidence._YEARS.items()},
        "candidates": match._MAX_CANDIDATES,
        "typo": match._MIN_TYPO_SIMILARITY,
        "asked": [match._MIN_ASKED_SIMILARITY, match._MIN_ASKED_WORDS],
    }


def _of_exports() -> dict[str, Any]:
    fractions = rating_text._FRACTION
    return {
        "maxRows": export_entry.MAX_ROWS, "maxTitle": export_entry.MAX_TITLE,
        "maxCells": table.MAX_CELLS, "maxHeader": table.MAX_HEADER,
        "maxMembers": archive.MAX_MEMBERS, "maxDirectory": archive.MAX_DIRECTORY, "maxBytes": archive.MAX_BYTES,
        "maxTotal": archive.MAX_TOTAL, "suffixes": list(archive._SUFFIXES), "documents": archive._DOCUMENTS,
        "maxDepth": trakt.MAX_DEPTH, "maxValues": trakt.MAX_VALUES, "notMovies": list(trakt._NOT_MOVIES),
        "unrated": sorted(rating_text.UNRATED), "maxRatingLetters": rating_text._MAX_LETTERS,
        "shareOfKnown": rating_text._MIN_SHARE_OF_KNOWN,
        "starSigns": script_pattern(rating_text._STAR_SIGNS), "fraction": script_pattern(fractions),
        "unit": script_pattern(rating_text._UNIT), "number": script_pattern(rating_text._NUMBER),
        "year": script_pattern(field_parsers._YEAR), "imdb": script_pattern(field_parsers._IMDB),
        "escaped": script_pattern(spreadsheet_cells._ESCAPED),
        "innerCapital": script_pattern(column_words._INNER_CAPITAL, "g"),
        "columnLetters": _letters(column_words._LETTERS),
        "filePatterns": [
            [state, script_pattern(column_words.simplify(pattern))] for state, pattern in state_words.FILE_PATTERNS
        ],
        "stateOfText": state_words.STATE_OF_TEXT, "maxStateLetters": row_state._MAX_LETTERS,
        "states": {
            name: getattr(state_words, name)
            for name in ("SEEN", "WISH", "UNKNOWN", "NOT_SEEN", "UNFINISHED", "HIDDEN", "COMMENTED", "COLLECTED",
                         "NOT_UNDERSTOOD")
        },
        "seasonPart": script_pattern(title_kinds._SEASON_PART),
        "episodePart": script_pattern(title_kinds._EPISODE_PART),
        "episodeInBrackets": script_pattern(title_kinds._EPISODE_IN_BRACKETS),
        "episodeNumber": script_pattern(title_kinds._EPISODE_NUMBER), "colon": script_pattern(title_kinds._COLON),
        "colonWithSpace": script_pattern(title_kinds._COLON_WITH_SPACE),
        "seriesKind": script_pattern(title_kinds._SERIES_KIND),
        "certainMovie": script_pattern(title_kinds._CERTAIN_MOVIE),
        "otherKind": script_pattern(title_kinds._OTHER_KIND),
        "netflix": {
            "episodes": netflix._MIN_EPISODES, "seconds": netflix._MIN_SECONDS,
            "duration": script_pattern(netflix._DURATION),
            "titles": _keys_of("title", column_kinds.PLAIN_TITLE), "times": _keys_of("time", column_kinds.PLAIN_TIME),
        },
    }  # fmt: skip


def _keys_of(role: str, rank: int) -> list[str]:
    """Names of columns of one word of a role."""
    vocabularies: Iterable[Any] = (value for name, value in vars(column_words).items() if name.isupper())
    words = {word for value in vocabularies if isinstance(value, frozenset | set | tuple) for word in value}
    kinds = {table.column_key(word): column_kinds.kind_of_column(word) for word in words if isinstance(word, str)}
    return sorted(key for key, kind in kinds.items() if (kind.role, kind.rank) == (role, rank))


def _of_times() -> dict[str, Any]:
    return {
        "threeNumbers": script_pattern(times._THREE_NUMBERS), "monthName": script_pattern(times._WITH_MONTH_NAME),
        "weekday": script_pattern(times._WEEKDAY), "timeOfDay": script_pattern(times._TIME_OF_DAY),
        "zoneName": script_pattern(times._ZONE_NAME), "number": script_pattern(times._NUMBER),
        "offset": script_pattern(times._OFFSET), "zones": times._HOURS_OF_ZONE,
        "monthOfYear": script_pattern(times._MONTH_OF_YEAR), "pivot": times._TWO_DIGIT_PIVOT,
        "years": list(times._YEARS),
        "months": month_names._MONTH_OF,
    }  # fmt: skip
