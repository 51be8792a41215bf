"""What Spanish words mean, in addition to the English ones."""

from __future__ import annotations

from collections.abc import Mapping

TABLE: Mapping[str, Mapping[object, str]] = {
    "filler": {
        None: """
            un; una; unos; unas; el; la; los; las; lo; de; del; película; películas; peli; pelis; cine; algo; alguna;
            algún; por favor; yo; me; nos; quiero; queremos; busco; muestra; dame; para; en; que; es; sea; son; muy;
            bueno; buena; buenas; buenos; hoy; esta noche; pero; también; ver; años; año; década; y que; al; a; mi;
            se; hay
        """,
    },
    "clause": {
        None: "pero; que; por favor; hoy; esta noche; que sea",
    },
    "and": {
        None: "y; e",
    },
    "or": {
        None: "o; u",
    },
    "not": {
        None: """
            no; sin; nada; nada de; ningún; ninguna; excepto; salvo; menos; pero no; nada con; que no sea; que no sean;
            ni
        """,
    },
    "like": {
        None: "como; parecido a; parecida a; parecidas a; similar a; similares a; al estilo de",
        "not": "no como; nada como; distinta a",
    },
    "with": {
        None: "con; protagonizada por",
    },
    "by": {
        None: "dirigida por; dirigido por; del director",
    },
    "genre": {
        "Action": "acción",
        "Adventure": "aventura; aventuras",
        "Animation": "animación; animada; animadas; dibujos animados; dibujos",
        "Biography": "biografía; biográfica; biográficas",
        "Children": "infantil; infantiles",
        "Comedy": "comedia; comedias; divertida; divertidas; divertido; graciosa; cómica",
        "Crime": "crimen; policíaca; policíacas; policiaca; gánsteres; mafia; criminal",
        "Documentary": "documental; documentales",
        "Drama": "drama; dramas; dramática",
        "Family": "película familiar",
        "Fantasy": "fantasía; fantástica; fantásticas",
        "Film-Noir": "cine negro",
        "History": "histórica; históricas; histórico; historia",
        "Horror": "terror; miedo; horror; de miedo",
        "Musical": "musical; musicales",
        "Mystery": "misterio",
        "Romance": "romance; romántica; románticas; romántico; amor",
        "Sci-Fi": "ciencia ficción",
        "Thriller": "suspense; thriller; suspenso",
        "War": "guerra; bélica; bélicas",
        "Western": "oeste; del oeste; western; vaqueros",
    },
    "mood": {
        "light": "ligera; ligero; alegre; alegres",
        "moving": "conmovedora; emotiva; triste; tristes",
        "tense": "tensa; intrigante; tensión; trepidante",
        "exciting": "emocionante; emocionantes",
        "thoughtful": "profunda; inteligente; reflexiva",
        "family": "(para|con) (toda la|la|los) (familia|niños); familiar",
    },
    "decade": {
        1920: "(años veinte|años 20|1920s)",
        1930: "(años treinta|años 30)",
        1940: "(años cuarenta|años 40)",
        1950: "(años cincuenta|años 50)",
        1960: "(años sesenta|años 60|los sesenta)",
        1970: "(años setenta|años 70|los setenta|los 70)",
        1980: "(años ochenta|años 80|los ochenta|los 80)",
        1990: "(años noventa|años 90|los noventa|los 90)",
        2000: "(años 2000|los 2000|dos mil)",
        2010: "(años 2010|los 2010)",
        2020: "(años 2020|los 2020)",
    },
    "part of decade": {
        "early": "(principios de|principios de los|comienzos de los|inicios de los)",
        "mid": "(mediados de|mediados de los)",
        "late": "(finales de|finales de los|fines de los)",
    },
    "limit": {
        ("to", -1): "antes de; menos de; anterior a; anteriores a; más corta que",
        ("to", 0): "hasta; como máximo; máximo; no más de",
        ("from", 1): "después de; más de; posterior a; posteriores a; más larga que",
        ("from", 0): "desde; a partir de; al menos; como mínimo; mínimo; por lo menos",
        ("about", 0): "unos; alrededor de; cerca de; aproximadamente",
    },
    "range": {
        None: "entre",
    },
    "minutes": {
        (0, 120): """
            no (muy|demasiado|tan|) (larga|largas|largo|largos); que no sea (muy|demasiado|tan|) (larga|largo); nada
            larga
        """,
        (0, 95): "corta; cortas; corto; cortos; breve; breves",
        (150, 0): "larga; largas; largo; largos",
    },
    "number": {
        2: "dos",
        3: "tres",
        90: "noventa",
        100: "cien",
    },
    "duration": {
        60: "una hora",
        90: "una hora y media; hora y media",
        150: "dos horas y media",
    },
    "unit": {
        1: "minutos; minuto; min",
        60: "horas; hora; h",
    },
    "seen": {
        "hidden": "que no he visto; no vista; no vistas; que no haya visto; sin ver",
        "only": "que ya he visto; ya vista; ya vistas; otra vez; volver a ver",
    },
    "watchlist": {
        None: "(de|en) mi lista",
    },
    "dial": {
        ("niche", 0.5): "poco (conocida|conocidas|conocido); joya oculta; joyas ocultas; desconocida; desconocidas",
        ("niche", -0.5): "popular; populares; famosa; famosas; conocida; conocidas; taquillera; taquilleras",
        ("bold", 0.5): "sorpréndeme; algo diferente; arriesgada",
        ("bold", -0.5): "segura; sobre seguro",
        ("diversity", 0.3): "variada; variadas; variado; variedad",
    },
    "recent": {
        None: "como lo que (he visto|vi) (últimamente|hace poco|recientemente); como lo último que (he visto|vi)",
    },
    "age": {
        "new": "nueva; nuevas; nuevo; reciente; recientes",
        "old": "antigua; antiguas; vieja; viejas; clásica; clásicas; clásico; clásicos",
    },
}
"""Sense -> value -> entries; see `Vocabulary`."""
