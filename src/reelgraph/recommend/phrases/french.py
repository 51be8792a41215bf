"""What French words mean, in addition to the English ones."""

from __future__ import annotations

from collections.abc import Mapping

TABLE: Mapping[str, Mapping[object, str]] = {
    "filler": {
        None: """
            un; une; des; le; la; les; l; de; du; d; film; films; quelque chose; s'il vous plaît; s'il te plaît; je;
            j; nous; me; veux; voudrais; cherche; montre; donne; pour; en; dans; qui; que; est; soit; sont; très; bon;
            bonne; bons; ce soir; aujourd'hui; mais; aussi; voir; regarder; années; année; à; au; aux; mon; ma; mes;
            il; elle; c'est
        """,
    },
    "clause": {
        None: "mais; qui; que; s'il vous plaît; s'il te plaît; ce soir; aujourd'hui; je; soit",
    },
    "and": {
        None: "et",
    },
    "or": {
        None: "ou",
    },
    "not": {
        None: """
            pas; pas de; pas d; sans; aucun; aucune; rien; rien de; sauf; excepté; mais pas; rien avec; non; pas d'; ni
        """,
    },
    "like": {
        None: "comme; semblable à; similaire à; dans le style de; à la manière de; du genre de",
        "not": "pas comme; rien comme; différent de",
    },
    "with": {
        None: "avec",
    },
    "by": {
        None: "réalisé par; dirigé par; du réalisateur; un film de",
    },
    "genre": {
        "Action": "action; d'action",
        "Adventure": "aventure; aventures; d'aventure; d'aventures",
        "Animation": "animation; d'animation; dessin animé; dessins animés; animé; animés",
        "Biography": "biographie; biographies; biographique",
        "Children": "pour enfants",
        "Comedy": "comédie; comédies; drôle; drôles; amusant; marrant",
        "Crime": "policier; policiers; polar; polars; crime; gangsters; mafia",
        "Documentary": "documentaire; documentaires",
        "Drama": "drame; drames; dramatique",
        "Family": "film familial",
        "Fantasy": "fantastique; fantastiques; fantasy",
        "Film-Noir": "film noir; films noirs",
        "History": "historique; historiques; histoire; d'histoire",
        "Horror": "horreur; d'horreur; épouvante; d'épouvante; effrayant; effrayants; peur",
        "Musical": "comédie musicale; comédies musicales; musical; musicaux",
        "Mystery": "mystère; énigme",
        "Romance": "romance; romantique; romantiques; amour; d'amour",
        "Sci-Fi": "science fiction",
        "Thriller": "thriller; thrillers; suspense",
        "War": "guerre; de guerre",
        "Western": "western; westerns",
    },
    "mood": {
        "light": "léger; légère; légers; joyeux; gai",
        "moving": "émouvant; émouvante; triste; tristes; touchant",
        "tense": "tendu; haletant; prenant; captivant",
        "exciting": "palpitant; excitant",
        "thoughtful": "profond; intelligent; réfléchi; philosophique",
        "family": "(pour|avec|en) (toute la|la|les|) (famille|enfants); familial",
    },
    "decade": {
        1920: "(années vingt|années 20|années 1920)",
        1930: "(années trente|années 30|années 1930)",
        1940: "(années quarante|années 40|années 1940)",
        1950: "(années cinquante|années 50|années 1950)",
        1960: "(années soixante|années 60|années 1960)",
        1970: "(années soixante dix|années 70|années 1970)",
        1980: "(années quatre vingt|années 80|années 1980)",
        1990: "(années quatre vingt dix|années 90|années 1990)",
        2000: "(années 2000)",
        2010: "(années 2010)",
        2020: "(années 2020)",
    },
    "part of decade": {
        "early": "(début des|début)",
        "mid": "(milieu des)",
        "late": "(fin des|fin)",
    },
    "limit": {
        ("to", -1): "avant; moins de; moins d; plus court que; plus vieux que",
        ("to", 0): "jusqu'à; jusqu'en; au plus; maximum; au maximum; pas plus de; pas plus d; pas plus long que",
        ("from", 1): "après; plus de; plus d; plus long que; plus récent que",
        ("from", 0): "depuis; à partir de; au moins; minimum; au minimum; pas avant",
        ("about", 0): "environ; autour de; à peu près",
    },
    "range": {
        None: "entre",
    },
    "minutes": {
        (0, 120): "pas (trop|très|si|) (long|longs|longue|longues)",
        (0, 95): "court; courts; courte; courtes; bref",
        (150, 0): "long; longs; longue; longues",
    },
    "number": {
        2: "deux",
        3: "trois",
        100: "cent",
    },
    "duration": {
        60: "une heure",
        90: "une heure et demie; une heure trente; quatre vingt dix minutes",
        150: "deux heures et demie",
    },
    "unit": {
        1: "minutes; minute; min; mn",
        60: "heures; heure; h",
    },
    "seen": {
        "hidden": "(que je n'ai|que je nai|) (pas encore|pas|jamais) vu; (pas encore|pas|jamais) vus",
        "only": "déjà vu; déjà vus; que j'ai déjà vu; que j'ai déjà vus; revoir; à revoir",
    },
    "watchlist": {
        None: "(de|dans|sur) ma liste",
    },
    "dial": {
        ("niche", 0.5): "peu (connu|connus); méconnu; méconnus; pépite; pépites; inconnu; inconnus",
        ("niche", -0.5): "populaire; populaires; connu; connus; célèbre; célèbres; grand public",
        ("bold", 0.5): "surprends moi; surprenez moi; audacieux; quelque chose de différent",
        ("bold", -0.5): "sûr; valeur sûre",
        ("diversity", 0.3): "varié; variés; variée; mélange",
    },
    "recent": {
        None: "comme ce que j'ai (vu|regardé) (récemment|dernièrement|en dernier)",
    },
    "age": {
        "new": "nouveau; nouveaux; récent; récents; nouvelle; récente",
        "old": "vieux; ancien; anciens; vieille; classique; classiques",
    },
}
"""Sense -> value -> entries; see `Vocabulary`."""
