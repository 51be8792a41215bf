"""The strings of the page: one JSON file for each language, with the same keys in all of them.

A message is a text, or its plural forms by the categories of CLDR: ``{"one": "{count} film", "other": "{count}
films"}``; "other" takes the place of a category that is missing. ``{name}`` is a placeholder for a value,
``<name>...</name>`` one for an element around a part of the text. A key that ends in ``@views`` takes the place of the
key without that ending where the bundle has views instead of stars.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import orjson
from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

Message: TypeAlias = str | Mapping[str, str]
Value: TypeAlias = object
"""What a placeholder is filled with: numbers are written as the language does, functions get the inner text."""

DEFAULT_LANGUAGE = "en"
WITHOUT_STARS = "@views"
LOCALES = Path(__file__).parent / "locales"
LANGUAGES = (DEFAULT_LANGUAGE, *sorted({path.stem for path in LOCALES.glob("*.json")} - {DEFAULT_LANGUAGE}))
"""The codes of the languages that have a file, English first."""
FAMILIES = ("error.", "genre.", "metric.")
"""Beginnings of keys that code puts together: ``genre.`` and the name of a genre."""
PLACEHOLDER = re.compile(r"\{(\w+)\}|<(\w+)>(.*?)</\2>")


@cache
def all_messages(language: str) -> Mapping[str, Message]:
    """All messages of a language; those that its file lacks are English."""
    messages = orjson.loads((LOCALES / f"{language}.json").read_bytes())
    return MappingProxyType(
        messages if language == DEFAULT_LANGUAGE else {**all_messages(DEFAULT_LANGUAGE), **messages}
    )


@cache
def messages_for(language: str, has_stars: bool) -> Mapping[str, Message]:
    """The messages of a language for one kind of bundle: without the ending ``@views``."""
    chosen = {key: message for key, message in all_messages(language).items() if not key.endswith(WITHOUT_STARS)}
    if not has_stars:
        chosen.update(
            {key: all_messages(language).get(key + WITHOUT_STARS, message) for key, message in chosen.items()}
        )
    return MappingProxyType(chosen)


@cache
def messages_digest(language: str) -> str:
    """Changes with every message of the language, for an ETag."""
    return hashlib.blake2b(orjson.dumps(dict(all_messages(language))), digest_size=8).hexdigest()


@cache
def language_names() -> Mapping[str, str]:
    """The name of each language in itself, by code."""
    return MappingProxyType({language: str(all_messages(language)["language.name"]) for language in LANGUAGES})


class Translator:
    """Writes messages, numbers and lists in one language.

    Args:
        language: one of `LANGUAGES`.
        has_stars: whether the bundle has ratings; False for views.
    """

    def __init__(self, language: str, has_stars: bool = True) -> None:
        self.language, self.has_stars = language, has_stars
        self._messages, self._locale = messages_for(language, has_stars), Locale.parse(language)

    def text(self, key: str, /, **values: Value) -> str:
        """A message as plain text.

        Args:
            key: of the message.
            **values: of its placeholders; ``count`` chooses the plural form.

        Raises:
            KeyError: there is no such message, or a value of it is missing.
        """
        return "".join(self._parts(self._form(key, values), values, str))

    def __call__(self, key: str, /, **values: Value) -> Markup:
        """A message for a template: everything is escaped but values that are markup already; see `text`."""
        return Markup("").join(self._parts(self._form(key, values), values, escape))

    def number(self, value: float) -> str:
        """``1234.5`` as "1,234.5" or "1.234,5"."""
        return format_decimal(value, locale=self._locale)

    def decimal(self, value: float, digits: int) -> str:
        """A number with exactly so many digits after the point."""
        return format_decimal(value, f"#,##0.{'0' * digits}" if digits else "#,##0", locale=self._locale)

    def stars(self, value: float) -> str:
        """Stars with one digit after the point, or none: "4.5", "4,5", "4"."""
        return format_decimal(value, "#,##0.#", locale=self._locale)

    def percent(self, share: float, digits: int = 0) -> str:
        """``0.8`` as "80%" or "80 %", with at most so many digits after the point."""
        pattern = self._locale.percent_formats[None].pattern
        return format_percent(share, pattern.replace("0", f"0.{'#' * digits}" if digits else "0"), locale=self._locale)

    def __contains__(self, key: object) -> bool:
        """Whether there is a message of a family, such as ``genre.``."""
        return key in self._messages

    def list(self, texts: list[str]) -> str:
        """Texts joined with commas and "and"."""
        return format_list(texts, locale=self._locale)

    def genre(self, name: str) -> str:
        """The name of a genre; as it is in the data if the catalogue does not have it."""
        key = f"genre.{name}"
        return self.text(key) if key in self else name

    def language_of(self, code: str) -> str:
        """The name of a language by its code; another text as it is."""
        return str(self._locale.languages.get({"cn": "yue"}.get(code, code), code))

    def country(self, code: str) -> str:
        """The name of a country by its code; another text as it is."""
        return str(self._locale.territories.get(code, code))

    def _form(self, key: str, values: Mapping[str, Value]) -> str:
        message = self._messages[key]
        if isinstance(message, str):
            return message
        count = values["count"]
        if not isinstance(count, int | float):
            raise TypeError(f"count of {key!r} must be a number, got {count!r}")
        number = int(count) if float(count).is_integer() else count
        return message.get(self._locale.plural_form(number), message["other"])

    def _parts(self, text: str, values: Mapping[str, Value], literal: Callable[[str], str]) -> Iterator[str]:
        end = 0
        for match in PLACEHOLDER.finditer(text):
            yield literal(text[end : match.start()])
            end = match.end()
            name, element, inner = match.groups()
            value = values[name or element]
            if element:
                assert callable(value), f"<{element}> needs a function"
                yield value(type(literal(""))("").join(self._parts(inner, values, literal)))
            elif isinstance(value, int | float):
                yield literal(self.number(value))
            else:
                yield literal(value)  # type: ignore[arg-type]  # escape leaves markup as it is
        yield literal(text[end:])


@cache
def translator(language: str, has_stars: bool) -> Translator:
    """The translator of a language for one kind of bundle."""
    return Translator(language, has_stars)


def element(name: str, **attributes: str) -> Callable[[str], Markup]:
    """For templates: puts an element around the text of ``<name>...</name>`` in a message."""
    opening = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in attributes.items())
    return lambda inner: Markup("<{0}{1}>{2}</{0}>").format(Markup(name), opening, inner)
