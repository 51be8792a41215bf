"""Titles as MovieLens writes them, and what people type to find them."""

from __future__ import annotations

import numpy as np

from reelgraph.core import Catalogue
from reelgraph.data.readers.metadata import MovieRow, catalogue, year_of

# Most rated first.
TITLES = """
Forrest Gump (1994)
Shawshank Redemption, The (1994)
Pulp Fiction (1994)
Silence of the Lambs, The (1991)
Matrix, The (1999)
Star Wars: Episode IV - A New Hope (1977)
Jurassic Park (1993)
Braveheart (1995)
Terminator 2: Judgment Day (1991)
Schindler's List (1993)
Fight Club (1999)
Toy Story (1995)
Star Wars: Episode V - The Empire Strikes Back (1980)
Usual Suspects, The (1995)
American Beauty (1999)
Seven (a.k.a. Se7en) (1995)
Independence Day (a.k.a. ID4) (1996)
Apollo 13 (1995)
Raiders of the Lost Ark (Indiana Jones and the Raiders of the Lost Ark) (1981)
Lord of the Rings: The Fellowship of the Ring, The (2001)
Star Wars: Episode VI - Return of the Jedi (1983)
Godfather, The (1972)
Fugitive, The (1993)
Batman (1989)
Saving Private Ryan (1998)
Lord of the Rings: The Two Towers, The (2002)
Lord of the Rings: The Return of the King, The (2003)
Aladdin (1992)
Fargo (1996)
Sixth Sense, The (1999)
True Lies (1994)
Twelve Monkeys (a.k.a. 12 Monkeys) (1995)
Lion King, The (1994)
Back to the Future (1985)
Speed (1994)
Shrek (2001)
Dances with Wolves (1990)
Gladiator (2000)
Men in Black (a.k.a. MIB) (1997)
Mission: Impossible (1996)
Finding Nemo (2003)
Memento (2000)
Ace Ventura: Pet Detective (1994)
Dark Knight, The (2008)
Alien (1979)
Die Hard: With a Vengeance (1995)
Die Hard (1988)
Beauty and the Beast (1991)
Groundhog Day (1993)
Monty Python and the Holy Grail (1975)
Inception (2010)
Pirates of the Caribbean: The Curse of the Black Pearl (2003)
Good Will Hunting (1997)
Indiana Jones and the Last Crusade (1989)
Aliens (1986)
Blade Runner (1982)
One Flew Over the Cuckoo's Nest (1975)
Terminator, The (1984)
Kill Bill: Vol. 1 (2003)
Godfather: Part II, The (1974)
Titanic (1997)
Star Wars: Episode I - The Phantom Menace (1999)
X-Men (2000)
Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)
Truman Show, The (1998)
Ocean's Eleven (2001)
Spider-Man (2002)
Kill Bill: Vol. 2 (2004)
Léon: The Professional (a.k.a. The Professional) (Léon) (1994)
Reservoir Dogs (1992)
2001: A Space Odyssey (1968)
Spirited Away (Sen to Chihiro no kamikakushi) (2001)
Life Is Beautiful (La Vita è bella) (1997)
Eternal Sunshine of the Spotless Mind (2004)
WALL·E (2008)
Harry Potter and the Sorcerer's Stone (a.k.a. Harry Potter and the Philosopher's Stone) (2001)
Harry Potter and the Chamber of Secrets (2002)
Harry Potter and the Prisoner of Azkaban (2004)
Harry Potter and the Goblet of Fire (2005)
Rocky (1976)
Rocky II (1979)
Rocky III (1982)
Rocky IV (1985)
Rocky V (1990)
Heat (1995)
Back to the Future Part II (1989)
Back to the Future Part III (1990)
Indiana Jones and the Temple of Doom (1984)
Up (2009)
Psycho (1960)
Psycho (1998)
Alien³ (a.k.a. Alien 3) (1992)
Monsters, Inc. (2001)
Crouching Tiger, Hidden Dragon (Wo hu cang long) (2000)
City of God (Cidade de Deus) (2002)
Pan's Labyrinth (Laberinto del fauno, El) (2006)
Lives of Others, The (Das leben der Anderen) (2006)
Downfall (Untergang, Der) (2004)
Boot, Das (Boat, The) (1981)
Seven Samurai (Shichinin no samurai) (1954)
Bicycle Thieves (a.k.a. The Bicycle Thief) (a.k.a. The Bicycle Thieves) (Ladri di biciclette) (1948)
Postman, The (Postino, Il) (1994)
Princess Mononoke (Mononoke-hime) (1997)
Howl's Moving Castle (Hauru no ugoku shiro) (2004)
Grave of the Fireflies (Hotaru no haka) (1988)
Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il) (1966)
Run Lola Run (Lola rennt) (1998)
Good bye, Lenin! (2003)
Girl with the Dragon Tattoo, The (Män som hatar kvinnor) (2009)
Intouchables (2011)
Let the Right One In (Låt den rätte komma in) (2008)
Motorcycle Diaries, The (Diarios de motocicleta) (2004)
Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)
Birds, The (1963)
Vertigo (1958)
Casablanca (1942)
Citizen Kane (1941)
Chinatown (1974)
Taxi Driver (1976)
Apocalypse Now (1979)
Full Metal Jacket (1987)
Clockwork Orange, A (1971)
Shining, The (1980)
Goodfellas (1990)
Casino (1995)
Departed, The (2006)
Inglourious Basterds (2009)
Django Unchained (2012)
Interstellar (2014)
Prestige, The (2006)
Donnie Darko (2001)
Requiem for a Dream (2000)
Trainspotting (1996)
Big Lebowski, The (1998)
O Brother, Where Art Thou? (2000)
No Country for Old Men (2007)
There Will Be Blood (2007)
Mulholland Drive (2001)
Eyes Wide Shut (1999)
Les Misérables (2012)
Ratatouille (2007)
Incredibles, The (2004)
Breakfast Club, The (1985)
Ferris Bueller's Day Off (1986)
Ghostbusters (a.k.a. Ghost Busters) (1984)
Ghostbusters II (1989)
Lethal Weapon (1987)
Lethal Weapon 2 (1989)
Lethal Weapon 3 (1992)
Lethal Weapon 4 (1998)
Mad Max (1979)
Mad Max 2 (a.k.a. The Road Warrior) (1981)
Mad Max: Fury Road (2015)
Lord of the Rings, The (1978)
Return of the King, The (1980)
Seventh Seal, The (Sjunde inseglet, Det) (1957)
8½ (8 1/2) (1963)
Dune (1984)
Her (2013)
It (2017)
Matrix Reloaded, The (2003)
Matrix Revolutions, The (2003)
Wizard of Oz, The (1939)
Nightmare Before Christmas, The (1993)
Mars Attacks! (1996)
Being John Malkovich (1999)
Hotel Rwanda (2004)
Slumdog Millionaire (2008)
Zoolander (2001)
""".strip().splitlines()

QUERIES = {
    "part": {
        "shawshank": "Shawshank Redemption, The (1994)",
        "empire strikes back": "Star Wars: Episode V - The Empire Strikes Back (1980)",
        "lord of the rings return of the king": "Lord of the Rings: The Return of the King, The (2003)",
        "cuckoo's nest": "One Flew Over the Cuckoo's Nest (1975)",
        "private ryan": "Saving Private Ryan (1998)",
        "strangelove": "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)",
        "eternal sunshine": "Eternal Sunshine of the Spotless Mind (2004)",
        "holy grail": "Monty Python and the Holy Grail (1975)",
        "curse of the black pearl": "Pirates of the Caribbean: The Curse of the Black Pearl (2003)",
        "lebowski": "Big Lebowski, The (1998)",
    },
    "typing error": {
        "shindlers list": "Schindler's List (1993)",
        "forest gump": "Forrest Gump (1994)",
        "pulp ficton": "Pulp Fiction (1994)",
        "the shawshenk redemption": "Shawshank Redemption, The (1994)",
        "inglorious bastards": "Inglourious Basterds (2009)",
        "goodfelas": "Goodfellas (1990)",
        "intersteller": "Interstellar (2014)",
        "rattatouille": "Ratatouille (2007)",
        "silense of the lambs": "Silence of the Lambs, The (1991)",
        "ferris buellers day of": "Ferris Bueller's Day Off (1986)",
    },
    "numeral": {
        "terminator 2": "Terminator 2: Judgment Day (1991)",
        "seven": "Seven (a.k.a. Se7en) (1995)",
        "12 monkeys": "Twelve Monkeys (a.k.a. 12 Monkeys) (1995)",
        "oceans 11": "Ocean's Eleven (2001)",
        "7 samurai": "Seven Samurai (Shichinin no samurai) (1954)",
        "rocky 4": "Rocky IV (1985)",
        "apollo thirteen": "Apollo 13 (1995)",
        "ghostbusters 2": "Ghostbusters II (1989)",
        "kill bill volume two": "Kill Bill: Vol. 2 (2004)",
        "the sixth sense": "Sixth Sense, The (1999)",
    },
    "article": {
        "The Matrix": "Matrix, The (1999)",
        "matrix": "Matrix, The (1999)",
        "The Dark Knight (2008)": "Dark Knight, The (2008)",
        "Das Boot": "Boot, Das (Boat, The) (1981)",
        "A Clockwork Orange": "Clockwork Orange, A (1971)",
        "good the bad and the ugly": "Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il) (1966)",
        "the heat": "Heat (1995)",
        "Lion King": "Lion King, The (1994)",
        "il postino": "Postman, The (Postino, Il) (1994)",
        "the fugitive 1993": "Fugitive, The (1993)",
    },
    "title in brackets": {
        "se7en": "Seven (a.k.a. Se7en) (1995)",
        "amelie": "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)",
        "le fabuleux destin d'amelie poulain": "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)",
        "la vita e bella": "Life Is Beautiful (La Vita è bella) (1997)",
        "Der Untergang": "Downfall (Untergang, Der) (2004)",
        "cidade de deus": "City of God (Cidade de Deus) (2002)",
        "el laberinto del fauno": "Pan's Labyrinth (Laberinto del fauno, El) (2006)",
        "mononoke hime": "Princess Mononoke (Mononoke-hime) (1997)",
        "lola rennt": "Run Lola Run (Lola rennt) (1998)",
        "das leben der anderen": "Lives of Others, The (Das leben der Anderen) (2006)",
    },
    "number in a series": {
        "Star Wars 5": "Star Wars: Episode V - The Empire Strikes Back (1980)",
        "star wars v": "Star Wars: Episode V - The Empire Strikes Back (1980)",
        "godfather part 2": "Godfather: Part II, The (1974)",
        "back to the future 3": "Back to the Future Part III (1990)",
        "alien 3": "Alien³ (a.k.a. Alien 3) (1992)",
        "harry potter 3": "Harry Potter and the Prisoner of Azkaban (2004)",
        "lord of the rings 2": "Lord of the Rings: The Two Towers, The (2002)",
        "mad max 2": "Mad Max 2 (a.k.a. The Road Warrior) (1981)",
        "rocky 1": "Rocky (1976)",
        "indiana jones 3": "Indiana Jones and the Last Crusade (1989)",
    },
}


def listed_catalogue() -> Catalogue:
    """The titles above."""
    rows = [MovieRow(n + 1, title, year_of(title)) for n, title in enumerate(TITLES)]
    return catalogue(rows, np.arange(1))


def rating_counts() -> np.ndarray:
    """Number of ratings of each title."""
    return np.arange(len(TITLES), 0, -1)
