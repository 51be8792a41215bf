"""Series that their titles alone do not tell: names of series, the phrases in their titles, and whole titles."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "Alien": ("alien resurrection", "alien covenant", "alien vs predator"),
    "Babe": ("babe pig in the city",),
    "Batman": ("batman", "dark knight"),
    "Before Sunrise": ("before sunrise", "before sunset", "before midnight"),
    "Bourne": ("bourne identity", "bourne supremacy", "bourne ultimatum", "bourne legacy", "jason bourne"),
    "Bridget Jones": ("bridget jones",),
    "Candyman": ("candyman",),
    "Crocodile Dundee": ("crocodile dundee",),
    "Evil Dead": ("evil dead", "army of darkness"),
    "Fast & Furious": ("fast and furious", "fast and the furious", "fast furious", "2 fast 2 furious"),
    "Fantastic Beasts": ("fantastic beasts",),
    "Fantastic Four": ("fantastic four",),
    "Frankenstein": ("frankenstein",),
    "Godzilla": ("godzilla",),
    "Harry Potter": ("harry potter",),
    "Indiana Jones": ("indiana jones", "raiders of the lost ark"),
    "Jurassic Park": ("jurassic park", "jurassic world"),
    "Look Who's Talking": ("look whos talking",),
    "Mad Max": ("mad max", "road warrior"),
    "The Matrix": ("the matrix", "matrix reloaded", "matrix revolutions", "matrix resurrections", "animatrix"),
    "Mission: Impossible": ("mission impossible",),
    "Muppets": ("muppet", "muppets"),
    "Paddington": ("paddington",),
    "Pink Panther": ("pink panther",),
    "Pirates of the Caribbean": ("pirates of the caribbean",),
    "Planet of the Apes": ("planet of the apes",),
    "Rambo": ("rambo",),
    "Shrek": ("shrek",),
    "Spider-Man": ("spider man", "spiderman"),
    "Sherlock Holmes": ("sherlock holmes",),
    "Star Trek": ("star trek",),
    "Star Wars": ("star wars", "rogue one"),
    "Superman": ("superman", "man of steel"),
    "Terminator": ("terminator",),
    "Tron": ("tron legacy", "tron ares"),
    "The Lord of the Rings": ("lord of the rings", "hobbit"),
    "Twilight": ("twilight saga",),
    "Vacation": ("lampoons vacation", "european vacation", "christmas vacation", "vegas vacation"),
    "Wallace & Gromit": ("wallace and gromit",),
    "X-Men": ("x men", "wolverine", "deadpool"),
}
"""Words that one after the other make a title one of the series, as `normalised_words` writes them."""

TITLES: dict[str, tuple[str, ...]] = {
    "Alien": ("aliens", "prometheus"),
    "Analyze This": ("analyze this", "analyze that"),
    "Dirty Harry": ("dirty harry", "magnum force", "the enforcer", "sudden impact", "the dead pool"),
    "Dollars": ("a fistful of dollars", "for a few dollars more", "the good the bad and the ugly"),
    "Fast & Furious": ("fast five", "furious 7", "the fate of the furious"),
    "Hannibal Lecter": ("the silence of the lambs", "manhunter", "hannibal", "red dragon", "hannibal rising"),
    "James Bond": (
        "dr no", "from russia with love", "goldfinger", "thunderball", "you only live twice",
        "on her majestys secret service", "diamonds are forever", "live and let die", "the man with the golden gun",
        "the spy who loved me", "moonraker", "for your eyes only", "octopussy", "never say never again",
        "a view to a kill", "the living daylights", "licence to kill", "license to kill", "goldeneye",
        "tomorrow never dies", "the world is not enough", "die another day", "casino royale", "quantum of solace",
        "skyfall", "spectre", "no time to die",
    ),
    "Marvel's Avengers": (
        "iron man", "iron man 2", "iron man 3", "thor", "thor the dark world", "thor ragnarok",
        "captain america the first avenger", "captain america the winter soldier", "captain america civil war",
        "the avengers", "avengers age of ultron", "avengers infinity war part i", "avengers infinity war part ii",
        "avengers infinity war", "avengers endgame", "ant man", "ant man and the wasp", "guardians of the galaxy",
        "guardians of the galaxy 2", "doctor strange", "black panther", "captain marvel",
    ),
    "Meet the Parents": ("meet the parents", "meet the fockers", "little fockers"),
    "Rambo": ("first blood",),
    "Riddick": ("pitch black", "the chronicles of riddick", "riddick"),
    "Romero's Dead": ("night of the living dead", "dawn of the dead", "day of the dead", "land of the dead"),
    "Star Wars": ("the empire strikes back", "return of the jedi"),
    "Twilight": ("twilight",),
    "Unbreakable": ("unbreakable", "split", "glass"),
    "X-Men": ("x2", "logan"),
}  # fmt: skip
"""Whole titles without year and brackets, as `normalised_words` writes them."""

STANDALONE = frozenset({"district 9", "game 6", "hard 8", "henry v", "saturn 3", "super 8", "waiting for superman"})
"""Titles with a number or a name of a series that belong to none."""
