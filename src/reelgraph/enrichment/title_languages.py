"""The languages of titles, by the countries where films are called so, and one title for each language."""

from __future__ import annotations

from dataclasses import dataclass, field

_COUNTRIES = """
ar EG|bg BG|bs BA|ca AD|cs CZ CSHH|da DK|de DE AT DDDE XWG|el GR|en US GB AU NZ IE ZA|es ES MX AR CL CO PE VE UY
et EE|fa IR|fi FI|fr FR|he IL|hi IN|hr HR|hu HU|id ID|is IS|it IT|ja JP|ka GE|ko KR|lt LT|lv LV|mk MK|nl NL|no NO
pl PL|pt PT BR|ro RO|ru RU SUHH|sk SK|sl SI|sq AL|sr RS|sv SE|th TH|tr TR|uk UA|vi VN|zh CN TW HK
"""
_SAME = {"cmn": "zh", "yue": "zh", "cn": "zh", "nb": "no", "nn": "no"}  # as IMDb and TMDB write them
_CODES = [entry.split() for line in _COUNTRIES.split("\n") for entry in line.split("|") if entry]
_LANGUAGE_OF = {country: language for language, *countries in _CODES for country in countries}
_MAIN_COUNTRY = {language: countries[0] for language, *countries in _CODES}


def language_of(language: str, country: str) -> str:
    """The code of a title's language; that of the country where the language is not given, "" where it has several.

    Args:
        language: code of ISO 639, or "".
        country: code of ISO 3166, or "".

    Examples:
        >>> language_of("", "DE"), language_of("fr", "CA"), language_of("", "CH")
        ('de', 'fr', '')
    """
    code = language.casefold()
    if not code:
        return _LANGUAGE_OF.get(country.upper(), "")
    return _SAME.get(code, code) if code.isascii() and code.isalpha() and len(code) <= 3 else ""


@dataclass
class LocalTitles:
    """One title for each language: that of the language's main country where it is known.

    Args:
        ranked: language -> rank of the title, the lowest is best, and the title.
    """

    ranked: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, title: str, language: str, country: str, rank: int = 0) -> None:
        """Consider a title.

        Args:
            title: as it is called there; "" for none.
            language: code, or "".
            country: code, or "".
            rank: 0 for the name in use there, more for others.
        """
        code = language_of(language, country)
        if not code or not title:
            return
        is_elsewhere = country.upper() not in ("", _MAIN_COUNTRY.get(code, code.upper()))
        if (10 * is_elsewhere + rank) < self.ranked.get(code, (99, ""))[0]:
            self.ranked[code] = 10 * is_elsewhere + rank, title

    def titles(self) -> dict[str, str]:
        """Language -> title."""
        return {code: title for code, (_, title) in self.ranked.items()}
