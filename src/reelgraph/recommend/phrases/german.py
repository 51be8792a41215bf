"""What German words mean, in addition to the English ones."""

from __future__ import annotations

from collections.abc import Mapping

TABLE: Mapping[str, Mapping[object, str]] = {
    "filler": {
        None: """
            ein; eine; einen; einem; einer; eines; der; die; das; den; dem; des; film; filme; filmen; streifen; etwas;
            was; irgendetwas; bitte; ich; wir; mir; uns; möchte; will; suche; zeig; gib; aus; von; in; im; für; auf;
            zum; zu; ist; sind; war; sehr; ganz; gut; guter; gute; gutes; gern; gerne; heute; abend; heute abend;
            aber; auch; so; dann; der ist; die ist; jahre; jahren; jahr; und dann; einfach; schön; schöne; schöner;
            mal; wieder; sehen; schauen; sein; soll; sollte; er; sie; es; an; am
        """,
    },
    "clause": {
        None: "aber; bitte; heute; heute abend; einfach; und dann; ich; wir; aus",
    },
    "and": {
        None: "und",
    },
    "or": {
        None: "oder; noch",
    },
    "not": {
        None: "kein; keine; keinen; keiner; nicht; nichts; ohne; außer; bloß nicht; nichts mit; aber nicht; weder",
    },
    "like": {
        None: "wie; ähnlich wie; so wie; im Stil von; à la; ähnlich",
        "not": "nicht wie; nichts wie; anders als",
    },
    "with": {
        None: "mit",
    },
    "by": {
        None: "von Regisseur; Regie; unter der Regie von",
    },
    "genre": {
        "Action": "action; actionfilm; actionfilme; actionreich",
        "Adventure": "abenteuer; abenteuerfilm; abenteuerfilme",
        "Animation": """
            zeichentrick; zeichentrickfilm; zeichentrickfilme; animationsfilm; animationsfilme; trickfilm; trickfilme
        """,
        "Biography": "biografie; biografien; biopic",
        "Children": "kinderfilm; kinderfilme",
        "Comedy": "komödie; komödien; lustig; lustige; lustiger; lustiges; witzig; witzige; witziges",
        "Crime": "krimi; krimis; kriminalfilm; kriminalfilme; gangsterfilm; gangsterfilme; gangster; mafia",
        "Documentary": "doku; dokus; dokumentation; dokumentarfilm; dokumentarfilme",
        "Drama": "drama; dramen; dramatisch",
        "Family": "familienfilm; familienfilme",
        "Fantasy": "fantasy; fantasyfilm; fantasyfilme; märchen",
        "Film-Noir": "film noir; noir",
        "History": "historienfilm; historienfilme; historisch; geschichte",
        "Horror": "horror; horrorfilm; horrorfilme; gruselig; gruselige; gruseliges; gruselfilm",
        "Musical": "musical; musicals; musikfilm; musikfilme",
        "Mystery": "mystery; rätsel",
        "Romance": """
            romanze; romanzen; liebesfilm; liebesfilme; romantisch; romantische; romantischer; romantisches; liebe
        """,
        "Sci-Fi": "science fiction; sci fi; zukunftsfilm",
        "Thriller": "thriller; thrillern",
        "War": "krieg; kriegsfilm; kriegsfilme",
        "Western": "western",
    },
    "mood": {
        "light": "leicht; leichte; leichtes; heiter; heitere; heiteres",
        "moving": "bewegend; rührend; traurig; traurige; trauriges; berührend",
        "tense": "spannend; spannende; spannendes; packend; spannung",
        "exciting": "mitreißend; aufregend; rasant",
        "thoughtful": "nachdenklich; anspruchsvoll; anspruchsvolle; tiefgründig; klug",
        "family": "(für|mit) (die|der|) (ganze|ganzen|) (familie|kinder|kindern)",
    },
    "decade": {
        1920: "(20er|20ern|1920er|1920ern|zwanziger|zwanzigern)",
        1930: "(30er|30ern|1930er|1930ern|dreißiger|dreißigern)",
        1940: "(40er|40ern|1940er|1940ern|vierziger|vierzigern)",
        1950: "(50er|50ern|1950er|1950ern|fünfziger|fünfzigern)",
        1960: "(60er|60ern|1960er|1960ern|sechziger|sechzigern)",
        1970: "(70er|70ern|1970er|1970ern|siebziger|siebzigern)",
        1980: "(80er|80ern|1980er|1980ern|achtziger|achtzigern)",
        1990: "(90er|90ern|1990er|1990ern|neunziger|neunzigern)",
        2000: "(2000er|00er|2000ern|00ern)",
        2010: "(2010er|10er|2010ern)",
        2020: "(2020er|2020ern)",
    },
    "part of decade": {
        "early": "(frühe|frühen|anfang der|anfang)",
        "mid": "(mitte der|mitte)",
        "late": "(späte|späten|ende der|ende)",
    },
    "limit": {
        ("to", -1): "vor; unter; weniger als; kürzer als; älter als",
        ("to", 0): "bis; höchstens; maximal; bis zu; nicht länger als; nicht mehr als",
        ("from", 1): "nach; über; mehr als; länger als; neuer als",
        ("from", 0): "seit; ab; mindestens; nicht kürzer als; nicht älter als",
        ("about", 0): "etwa; ungefähr; rund; circa",
    },
    "range": {
        None: "zwischen",
    },
    "minutes": {
        (0, 120): "nicht (zu|so|allzu|) lang; nicht (zu|so|allzu|) lange; nichts (zu|) langes",
        (0, 95): "kurz; kurze; kurzer; kurzes; kurzen; nicht lang",
        (150, 0): "lang; lange; langer; langes; langen; überlang",
    },
    "number": {
        2: "zwei",
        3: "drei",
        90: "neunzig",
        100: "hundert",
    },
    "duration": {
        60: "eine stunde; einer stunde",
        90: "anderthalb stunden; eineinhalb stunden",
        150: "zweieinhalb stunden",
    },
    "unit": {
        1: "minuten; minute; min",
        60: "stunden; stunde; std",
    },
    "seen": {
        "hidden": """
            ungesehen; (noch nicht|nicht|noch nie|nie) (gesehen|kenne); den ich (noch|) nicht (kenne|gesehen habe);
            die ich (noch|) nicht (kenne|gesehen habe)
        """,
        "only": "schon gesehen; den ich schon (kenne|gesehen habe); noch einmal; noch mal; nochmal",
    },
    "watchlist": {
        None: "(von|aus|auf) meiner (merkliste|watchlist|liste)",
    },
    "dial": {
        ("niche", 0.5): """
            geheimtipp; geheimtipps; unbekannt; unbekannte; unbekannter; unbekanntes; wenig bekannt; unterschätzt
        """,
        ("niche", -0.5): "beliebt; beliebte; bekannt; bekannte; bekannter; bekanntes; publikumsliebling; berühmt",
        ("bold", 0.5): "überrasch mich; etwas anderes; gewagt; überraschend",
        ("bold", -0.5): "sicher; auf nummer sicher",
        ("diversity", 0.3): "abwechslungsreich; gemischt; bunt gemischt; vielfältig",
    },
    "recent": {
        None: """
            wie (das|was) (ich|wir) (zuletzt|kürzlich|neulich|letztens) (gesehen|geschaut) (habe|haben|); wie
            (zuletzt|kürzlich|neulich)
        """,
    },
    "age": {
        "new": "neu; neue; neuer; neues; neuen; neueste; aktuell; aktuelle",
        "old": "alt; alte; alter; altes; alten; klassiker",
    },
}
"""Sense -> value -> entries; see `Vocabulary`."""
