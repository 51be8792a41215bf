"""Titles and tags of generated movies: invented, so that none is taken for a real one."""

from __future__ import annotations

import numpy as np

from reelgraph.core import AnyArray, IntArray
from reelgraph.data.generation.world import GENRES, World

_FIRST = (
    "Amber", "Ancient", "Autumn", "Bitter", "Black", "Blue", "Borrowed", "Broken", "Burning", "Careless", "Cold",
    "Crimson", "Crooked", "Dark", "Distant", "Electric", "Empty", "Endless", "Fallen", "Final", "First", "Forgotten",
    "Fragile", "Frozen", "Gentle", "Golden", "Green", "Hidden", "Hollow", "Hungry", "Iron", "Last", "Little", "Lonely",
    "Lost", "Lucky", "Narrow", "Northern", "Open", "Paper", "Patient", "Pale", "Quiet", "Red", "Restless",
    "Rough", "Salt", "Second", "Secret", "Seven", "Silent", "Silver", "Sleeping", "Slow", "Small", "Southern", "Stolen",
    "Summer", "Tender", "Third", "Twelve", "Velvet", "Wandering", "White", "Wild", "Winter", "Wooden", "Young",
)  # fmt: skip
_SECOND = (
    "Apartment", "Archive", "Bakery", "Bell", "Border", "Bridge", "Captain", "Cargo", "Carnival", "Cathedral", "Circus",
    "Clock", "Coast", "Compass", "Cook", "Country", "Dance", "Daughter", "Detective", "Dog", "Door", "Engine",
    "Factory", "Farm", "Father", "Ferry", "Festival", "Fire", "Forest", "Friend", "Frontier", "Garden", "Ghost", "Gift",
    "Guitar", "Harbor", "Harvest", "Heart", "Highway", "Hotel", "House", "Hunter", "Island", "Journey", "Key", "King",
    "Lake", "Letter", "Library", "Lighthouse", "Lion", "Machine", "Market", "Mirror", "Moon", "Mother", "Mountain",
    "Night", "Ocean", "Orchard", "Painter", "Passenger", "Piano", "Planet", "Promise", "Queen", "Radio", "Railway",
    "River", "Road", "Room", "School", "Sea", "Shadow", "Ship", "Signal", "Sister", "Snow", "Soldier", "Song", "Spy",
    "Station", "Stone", "Storm", "Stranger", "Street", "Summit", "Table", "Teacher", "Theater", "Tower", "Train",
    "Valley", "Village", "Voyage", "Wedding", "Well", "Window", "Witness", "Wolf",
)  # fmt: skip
_PLACES = (
    "Alder Bay", "Brackwater", "Cedar Hollow", "Dunmore", "Eastmarch", "Fennick", "Grayhaven", "Hollin", "Ironford",
    "Junewood", "Kestrel Point", "Larkmoor", "Mirewell", "Northgate", "Oakhurst", "Pellworth", "Quillan", "Ravensea",
    "Stillwater", "Thornby", "Umberline", "Vesper Hill", "Westerlow", "Yarrow", "Zephyr Lane",
)  # fmt: skip
_NUMERALS = ("", "", "", "", "", "", " II", " III")
_GENRE_WORDS = ("based on feeling", "classic of its kind", "overlooked", "for the whole evening")
_MOODS = (
    "atmospheric", "bleak", "clever", "dreamlike", "fast", "funny", "grim", "hopeful", "intimate", "loud", "melancholy",
    "odd", "playful", "romantic", "slow", "spectacular", "strange", "talky", "tense", "thoughtful", "twist ending",
    "visually striking", "violent", "warm", "witty", "wordless", "family", "friendship", "revenge", "small town",
    "space", "time travel",
)  # fmt: skip
_GENERAL = ("seen it", "to watch", "overrated", "great soundtrack", "good acting", "own it", "too long", "cinema")
TAGS = (*(f"{genre.lower()} {word}" for genre in GENRES for word in _GENRE_WORDS), *_MOODS, *_GENERAL)
"""All tags: some of each genre, two moods of each taste, and general ones."""
_FIRST_MOOD = len(GENRES) * len(_GENRE_WORDS)
_FIRST_GENERAL = _FIRST_MOOD + len(_MOODS)


def titles(world: World) -> list[str]:
    """A title with its year for each movie, in the manner of MovieLens: "Harbor, The (1999)"."""
    rng = np.random.default_rng([world.seed, 4])
    n = len(world.item_id)
    first, second, place = (rng.integers(0, len(words), n).tolist() for words in (_FIRST, _SECOND, _PLACES))
    form, numeral = rng.integers(0, 5, n).tolist(), rng.integers(0, len(_NUMERALS), n).tolist()
    titles_and_years = []
    for row, year in enumerate(world.year.tolist()):
        name = f"{_FIRST[first[row]]} {_SECOND[second[row]]}"
        if form[row] == 0:
            name = f"{_SECOND[second[row]]} of {_PLACES[place[row]]}, The"
        elif form[row] == 1:
            name = f"{name} of {_PLACES[place[row]]}"
        elif form[row] == 2:
            name = f"{name}, The"
        titles_and_years.append(f"{name}{_NUMERALS[numeral[row]] if form[row] > 2 else ''} ({year})")
    return titles_and_years


def genres_text(world: World) -> list[str]:
    """Genres of each movie, separated by "|"."""
    return ["|".join(GENRES[place] for place in np.flatnonzero(row)) or "(no genres listed)" for row in world.has_genre]


def draw_tags(world: World, items: IntArray, rng: np.random.Generator) -> AnyArray:
    """A tag for each of the movies ``items``, ``(n,)`` rows: of a genre of it, of its strongest taste, or general."""
    n = len(items)
    kind = rng.random(n)
    key = world.has_genre[items] * (1.0 + rng.random((n, len(GENRES))))
    genre = key.argmax(1)
    taste = world.movies.taste[items]
    strongest = np.abs(taste).argmax(1)
    is_positive = taste[np.arange(n), strongest] > 0
    general = _FIRST_GENERAL + rng.integers(0, len(_GENERAL), n)
    tag = np.where(kind < 0.45, _FIRST_MOOD + 2 * strongest + is_positive, general)
    of_genre = (kind > 0.75) & (key.max(1) > 0)
    return np.where(of_genre, genre * len(_GENRE_WORDS) + rng.integers(0, len(_GENRE_WORDS), n), tag)
