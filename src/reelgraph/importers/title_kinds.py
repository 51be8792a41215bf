"""Tell movies from series, episodes and games, by the kind that a row states or by the form of its title."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reelgraph.importers.column_words import simplify
from reelgraph.importers.entry_collector import GAMES, SERIES
from reelgraph.importers.export_entry import MAX_TITLE

_NUMBER = r"(?:\d+|[ivx]+\b|one|two|three|four|five|six|seven|eight)"
_SEASON = (
    r"(?:season|series|staffel|saison|temporada|stagione|seizoen|säsong|sæson|sesong|kausi|sezon|sezonul|série|sezona|séria|"
    r"sezóna|řada|évad|serie|сезон|σεζόν|κύκλος|עונה|الموسم|सीज़न|mùa|musim|ซีซั่น|ซีซัน)"
)
_PART = (
    r"(?:part|volume|vol|chapter|book|teil|partie|parte|deel|del|osa|chapitre|capítulo|capitulo|capitolo|kapitel|część|část|"
    r"buch|libro|livre|livro|księga|kniha|kısım|часть|глава|книга)"
)
_EPISODE = (
    r"(?:episode|episodes|folge|épisode|episodio|episódio|puntata|capítulo|capitulo|aflevering|odcinek|avsnitt|afsnit|"
    r"jakso|epizoda|epizód|díl|серия|эпизод|επεισόδιο|פרק|الحلقة|bölüm|tập|ตอนที่|episod)"
)
_COLON = re.compile(r"[:：]")
_COLON_WITH_SPACE = re.compile(r":\s+|：")
# Titles are split at colons first, so that each pattern is tried at few places: exports are read from strangers.
_SEASON_FORMS = (
    rf"(?:{_SEASON}|{_PART}|episode)\b\.?\s*{_NUMBER}",
    rf"\d{{1,4}}[.ªº°]?\s*(?:{_SEASON}|{_PART})\b",
    r"(?:시즌|シーズン|season)\s*\d",
    r"第\s*[\d一二三四五六七八九十]{1,4}\s*[季部期]",
    r"(?:limited series|mini[- ]?ss?[ée]ri(?:es?|al|e)|mini ?dizi|dizi|мини-сериал|minisorozat|minisarja)\b",
    r"(?:serie limitada|série limitée|série limitada|limitovaná série|serial limitowany|collection)\b",
    r"(?:ミニシリーズ|リミテッドシリーズ|리미티드 시리즈|限定剧|迷你剧|限定影集|迷你影集)",
)
_EPISODE_FORMS = (
    rf"{_EPISODE}\s*\d{{1,4}}",  # Show: Episode 3
    rf"\d{{1,4}}\.?\s*{_EPISODE}",  # Show: 3. Bölüm
    rf"{_SEASON}\s*\d{{1,4}}",  # Show: Season 1
    r"(?:エピソード|에피소드)\s*\d{1,4}|\d{1,4}화",
)
_SEASON_PART = re.compile("|".join(_SEASON_FORMS), re.IGNORECASE)
_EPISODE_PART = re.compile("|".join(_EPISODE_FORMS), re.IGNORECASE)
_EPISODE_IN_BRACKETS = re.compile(rf"\({_EPISODE}\s*\d{{1,4}}\)", re.IGNORECASE)  # Show: Name (Episode 4)
_EPISODE_NUMBER = re.compile(
    r"\bS\d{1,2}\s?E\d{1,3}\b|\b\d{1,2}x\d{2}\b|[:：\s]第\s?\d{1,4}\s?[話话集回]", re.IGNORECASE
)  # Show S01E04, Show 1x04
_SERIES_KINDS = (
    r"\bserie|\bserial|serie\b|serien?\b|\bepisod|folge\b|puntata|minis?erie|sitcom|\bseason|staffel|temporada|\bsaison",
    r"stagione|tv ?pilot|\bdizi\b|сериал|эпизод|сезон|\bseriál|\bsorozat|\bsarja|σειρ[αά]|סדרה|مسلسل|सीरीज|एपिसोड",
    r"电视剧|電視劇|剧集|連續劇|综艺|ドラマ|シリーズ|番組|드라마|시리즈",
    r"^(?:tv|shows?|tv ?shows?|anime|aflevering|odcinek|avsnitt|программа|телешоу|шоу|программы)$",
)
_MOVIE_KINDS = (
    r"\bmovies?\b|\bfilms?\b|film\b|filme\b|pelicula|película|фильм|мульт|电影|電影|映画|영화|\bfeature\b|\bshort\b",
    r"kurz|\bcourt|cortometra|короткометр|\bvideo\b|\bspecial\b|\bfilmas\b|elokuva|ταινια|סרט|فيلم",
)
_OTHER_KINDS = (
    r"\bgames?\b|\bspiel\b|videospiel|\bjuegos?\b|videojuego|\bjeux?\b|\bgioc[oh]i?\b|videogioco|\bjogos?\b",
    r"\bpodcasts?\b|\bmusic\b|\bmusik\b|\bmusique\b|\bmusica\b|musikvideo|\bbooks?\b|\bbuch\b|\bmanga\b|\bboardgame\b",
    r"\bperson\b|\balbum\b",
)
_SERIES_KIND = re.compile(simplify("|".join(_SERIES_KINDS)))
_CERTAIN_MOVIE = re.compile(simplify("|".join(_MOVIE_KINDS)))
_OTHER_KIND = re.compile("|".join(_OTHER_KINDS))
_VAGUE_KINDS = frozenset(("anime", "music", "game", "musik", "musica", "musique", "tv", "spiel", "drama", "ドラマ"))
"""Kinds that are also names of genres."""


def non_movie_kind(title_type: str) -> str:
    """The kind of a row that is not about a movie, "" for a movie; recognises "TV Series", "Série télévisée", ..."""
    text = simplify(title_type.strip())
    if _SERIES_KIND.search(text) and not (_CERTAIN_MOVIE.search(text) and not re.search(r"serie|сериал|serial", text)):
        return SERIES
    return GAMES if _OTHER_KIND.search(text) else ""


def kinds_or_genres(values: Sequence[str]) -> list[str]:
    """`non_movie_kind` of each row; a column with genres ("Musical", "Crime") has no kind that is also a genre."""
    names = {value.strip().casefold() for value in values if value.strip()}
    is_genre = any(not non_movie_kind(name) and not _CERTAIN_MOVIE.search(simplify(name)) for name in names)
    kind_of = {name: "" if is_genre and name in _VAGUE_KINDS else non_movie_kind(name) for name in names}
    return [kind_of.get(value.strip().casefold(), "") for value in values]


def is_episode_title(title: str) -> bool:
    """Whether the form of a title is that of an episode: "Show: Season 1: Name", "Show: Folge 3", "Show S01E03"."""
    if len(title) > MAX_TITLE:
        return False
    _, *parts = map(str.strip, _COLON.split(title))
    return (
        any(map(_SEASON_PART.match, parts[:-1]))
        or bool(parts and _EPISODE_PART.fullmatch(parts[-1]))
        or bool(_EPISODE_IN_BRACKETS.fullmatch(title[title.rfind("(") :].strip()))
        or bool(_EPISODE_NUMBER.search(title))
    )


def has_two_colons(title: str) -> bool:
    """Whether a title has the form "Show: Season: Episode", whatever the words."""
    return len(_COLON_WITH_SPACE.findall(title)) >= 2


def show_name(title: str) -> str:
    """The name before the first colon, of which the rest may be an episode; "" if there is no colon."""
    match = _COLON_WITH_SPACE.search(title)
    return title[: match.start()].strip() if match and title[match.end() :].strip() else ""
