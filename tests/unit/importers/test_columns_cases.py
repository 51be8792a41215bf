"""Tables of people's own under many column names and in many languages: what each must give is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelgraph import import_export
from reelgraph.core import RatingScale
from reelgraph.core.errors import ConfigError, DataFormatError
from tests.unit.importers.brought import Brought, brought_catalogue

HEAT_MEMENTO = {"Heat": 4.5, "Memento": 3}

COLUMNS = {
    "german": Brought({"a.csv": "Film;Jahr;Bewertung\nHeat;1995;9\nMemento;2000;6\n"}, HEAT_MEMENTO),
    "french": Brought(
        {"a.csv": "Titre original,Année,Ma note,Note moyenne\nHeat,1995,9,7.9\nMemento,2000,6,8.2\n"}, HEAT_MEMENTO
    ),
    "spanish": Brought({"a.csv": "Título,Año,Tu voto,Votos\nHeat,1995,9,70000\nMemento,2000,6,90000\n"}, HEAT_MEMENTO),
    "italian": Brought({"a.csv": "titolo\tanno\til mio voto\nHeat\t1995\t9\nMemento\t2000\t6\n"}, HEAT_MEMENTO),
    "polish in a code page": Brought(
        {"a.csv": "Tytuł;Rok produkcji;Moja ocena\nHeat;1995;9\nMemento;2000;6\n".encode("cp1250")}, HEAT_MEMENTO
    ),
    "russian in a code page": Brought(
        {
            "a.csv": "Название;Оригинальное название;Год;Оценка;Рейтинг IMDb\n"
            "Схватка;Heat;1995;9;8,3\nПомни;Memento;2000;6;8,4\n".encode("cp1251")
        },
        HEAT_MEMENTO,
    ),
    "japanese": Brought({"a.csv": "作品名,公開年,評価\nHeat,1995,4.5\nMemento,2000,3\n"}, HEAT_MEMENTO),
    "portuguese, dutch and swedish words": Brought(
        {"a.csv": "Filme,Ano,Minha nota\nHeat,1995,9\nMemento,2000,6\n"}, HEAT_MEMENTO
    ),
    "stars as signs": Brought({"a.csv": "title,year,rating\nHeat,1995,★★★★½\nMemento,2000,★★★\n"}, HEAT_MEMENTO),
    "ratings as fractions": Brought({"a.csv": "title,year,score\nHeat,1995,9/10\nMemento,2000,6/10\n"}, HEAT_MEMENTO),
    "an average named IMDB is no id": Brought(
        {"a.csv": "Name,Year,IMDB,My Stars (out of 10)\nHeat,1995,8.3,9\nMemento,2000,8.4,6\n"}, HEAT_MEMENTO
    ),
    "english beside local titles": Brought(
        {"a.csv": "title,title_en,release_year,user_score\nLämpö,Heat,1995,9\nMuistikirja,Memento,2000,6\n"},
        HEAT_MEMENTO,
    ),
    "ids in addresses": Brought(
        {
            "a.csv": "film;link;vote\nHeat;https://www.imdb.com/title/tt0113277/?ref_=x;9\n"
            "Memento;https://www.imdb.com/title/tt0209144/;6\n"
        },
        HEAT_MEMENTO,
    ),
    "numbers of Emby": Brought(
        {
            "a.json": '{"Items":[{"Name":"Heat","ProductionYear":1995,"Type":"Movie","CommunityRating":8.1,'
            '"ProviderIds":'
            '{"Imdb":"tt0113277","Tmdb":"949"},"UserData":{"Played":true,"Rating":9}},{"Name":"Memento","Type":"Movie",'
            '"ProductionYear":2000,"ProviderIds":{"Tmdb":"77"},"UserData":{"Played":true,"Rating":6}}]}'
        },
        HEAT_MEMENTO,
    ),
    "no header, three columns": Brought(
        {"a.csv": "Heat,1995,4.5\nMemento,2000,3\nPulp Fiction,1994,5\n"}, {**HEAT_MEMENTO, "Pulp Fiction": 5}
    ),
    "columns named by the person": Brought(
        {"a.csv": "wie heisst er,seit,wie gut\nHeat,1995,9\nMemento,2000,6\n"},
        HEAT_MEMENTO,
        options={"columns": {"title": "wie heisst er", "year": "seit", "rating": "wie gut"}},
    ),
    "unknown columns are said": Brought(
        {"a.csv": "title,year,rating,mood,shop number\nHeat,1995,9,good,17\nMemento,2000,6,bad,23\n"},
        HEAT_MEMENTO,
        notes=("columns not used: mood, shop number",),
    ),
    "ids of another site": Brought(
        {"a.csv": "film_id,title,year,rating\n1,Heat,1995,9\n2,Memento,2000,6\n6,Pulp Fiction,1994,10\n"},
        {**HEAT_MEMENTO, "Pulp Fiction": 5},
        notes=("columns not used: film_id",),
    ),
    "scale in the name": Brought(
        {"a.csv": "title,year,score (1-7)\nHeat,1995,7\nMemento,2000,4\n"}, {"Heat": 5, "Memento": 3}
    ),
    "titles in two scripts": Brought(
        {"a.csv": "片名,上映日期,个人评分\n盗火线 Heat,1995-12-15,5\n记忆碎片 / Memento,2000-09-05,3\n"},
        {"Heat": 5, "Memento": 3},
    ),
    "boxes and numbers of a list": Brought(
        {"a.txt": "- [x] Heat (1995)\n- [ ] Memento (2000)\n"}, seen=("Heat",), watchlist=("Memento",)
    ),
    "the original title makes it sure": Brought(
        {"a.csv": "title,original_title,year,rating\nMatrix,The Matrix,1999,5\n"}, {"Matrix": 5}
    ),
    "years behind titles": Brought(
        {"a.txt": "# seen last year\nHeat 1995\nMemento [2000]\n"}, seen=("Heat", "Memento")
    ),
    "addresses of Letterboxd": Brought(
        {"a.txt": "https://letterboxd.com/film/heat-1995/\nhttps://letterboxd.com/someone/film/the-green-mile/\n"},
        seen=("Heat", "Green Mile"),
    ),
    "ratings behind titles": Brought({"a.txt": "1. Heat (1995) - 9/10\n2. Memento (2000) - 6/10\n"}, HEAT_MEMENTO),
    "some of the titles rated": Brought(
        {"a.txt": "Heat (1995) ★★★★½\nMemento (2000) ★★★\nPulp Fiction (1994)\n"},
        HEAT_MEMENTO,
        seen=("Pulp Fiction",),
    ),
    "one of three rated out of ten": Brought(
        {"a.txt": "Heat (1995) 9/10\nPulp Fiction (1994)\nSpirited Away (2001)\n"},
        {"Heat": 4.5},
        seen=("Pulp Fiction", "Spirited Away"),
    ),
    "two of three rated by a number": Brought(
        {"a.txt": "Heat (1995) - 4.5\nMemento (2000) - 3\nPulp Fiction (1994)\n"},
        HEAT_MEMENTO,
        seen=("Pulp Fiction",),
    ),
    "headings of Markdown in a list": Brought(
        {"a.txt": "Heat (1995)\nPulp Fiction (1994)\n## Rewatches\nMemento (2000)\n"},
        seen=("Heat", "Pulp Fiction", "Memento"),
    ),
    "ids and ratings without a header": Brought({"a.csv": "6,4.5\n4226,3\n"}, HEAT_MEMENTO),
    "two columns of ids that agree": Brought(
        {"a.csv": "imdb_id,imdb_url,title,rating\ntt0113277,https://www.imdb.com/title/tt0113277/,Heat,4.5\n"},
        {"Heat": 4.5},
    ),
    "letters are no ratings": Brought(
        {"a.csv": "title,year,grade\nHeat,1995,A\n"}, seen=("Heat",), notes=("columns not used: grade",)
    ),
    "heading above the header": Brought(
        {"a.csv": "My films,,\nexported 2024,,\nTitle,Year,Rating\nHeat,1995,9\nMemento,2000,6\n"}, HEAT_MEMENTO
    ),
    "ratings on two scales": Brought(
        {"a.csv": "Title,Year,Rating,Rating10\nHeat,1995,4.5,9\nMemento,2000,3,6\n"}, HEAT_MEMENTO
    ),
    "forms of words": Brought({"a.csv": "Cím;Év;Értékelésem\nHeat;1995;9\nMemento;2000;6\n"}, HEAT_MEMENTO),
    "japanese in a code page": Brought(
        {"a.csv": "タイトル,公開年,評価\nHeat,1995,9\nMemento,2000,6\n".encode("shift_jis")}, HEAT_MEMENTO
    ),
    "scale said by the person": Brought(
        {"a.csv": "title,year,rating\nHeat,1995,7\nMemento,2000,4\n"},
        {"Heat": 5, "Memento": 3},
        options={"file_scale": RatingScale(1, 7, 1)},
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_by_any_name(tmp_path: Path, name: str) -> None:
    COLUMNS[name].check(tmp_path)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("title,year,how much i liked it\nHeat,1995,4\nMemento,2000,3\n", r"--columns rating=how much i liked it"),
        ("title,year,rating,score\nHeat,1995,4,7\nMemento,2000,3,2\n", r"'rating' and 'score'.*--columns rating="),
        ("title,year,rating,rating\nHeat,1995,4,7\nMemento,2000,3,2\n", r"'rating' and 'rating'"),
        ("film,title,year\nDrama,Heat,1995\nThriller,Memento,2000\n", r"'film' and 'title'.*--columns title="),
        ("wie heisst er,seit\nHeat,1995\nMemento,2000\n", "--columns title="),
    ],
)
def test_columns_that_nobody_can_know_are_refused(tmp_path: Path, text: str, pattern: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataFormatError, match=pattern):
        import_export(tmp_path / "a.csv", brought_catalogue())


def test_columns_that_are_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("title,year\nHeat,1995\n")
    with pytest.raises(ConfigError, match=r"columns: no column 'stars'; the file has title, year"):
        import_export(tmp_path / "a.csv", brought_catalogue(), columns={"rating": "stars"})
    with pytest.raises(ConfigError, match=r"rating"):
        import_export(tmp_path / "a.csv", brought_catalogue(), columns={"ratng": "year"})


TIMES = {
    "german days": Brought(
        {"a.csv": "Titel,Jahr,Bewertung,Gesehen am\nHeat,1995,2,25.01.2024\nHeat,1995,4,04.02.2024\n"},
        {"Heat": 4},
        days={"Heat": "2024-02-04"},
    ),
    "american days": Brought(
        {"a.csv": "title,year,rating,watched\nHeat,1995,2,01/25/2024\nHeat,1995,4,02/04/2024\n"},
        {"Heat": 4},
        days={"Heat": "2024-02-04"},
    ),
    "milliseconds": Brought(
        {"a.csv": "title,year,rating,timestamp\nHeat,1995,2,1704412800000\nHeat,1995,4,1704672000000\n"},
        {"Heat": 4},
        days={"Heat": "2024-01-08"},
    ),
    "offsets": Brought(
        {
            "a.csv": "title,year,rating,rated_at\nHeat,1995,4,2024-01-08T23:30:00-0500\n"
            "Heat,1995,2,2024-01-08T23:30:00+0100\n"
        },
        {"Heat": 4},
        days={"Heat": "2024-01-09"},
    ),
    "days without separators": Brought(
        {"a.csv": "title,year,rating,date\nHeat,1995,4,20240204\nHeat,1995,2,20240125\n"},
        {"Heat": 4},
        days={"Heat": "2024-02-04"},
    ),
    "imdb with american days": Brought(
        {
            "a.csv": "Const,Your Rating,Date Rated,Title,Title Type,Year\ntt0113277,8,1/25/2024,Heat,Movie,1995\n"
            "tt0209144,9,2/6/2024,Memento,Movie,2000\n"
        },
        {"Heat": 4, "Memento": 4.5},
        days={"Heat": "2024-01-25", "Memento": "2024-02-06"},
    ),
    "letterboxd with american days": Brought(
        {"ratings.csv": "Date,Name,Year,Letterboxd URI,Rating\n1/25/24,Heat,1995,u,4\n2/6/24,Memento,2000,v,3\n"},
        {"Heat": 4, "Memento": 3},
        days={"Heat": "2024-01-25", "Memento": "2024-02-06"},
    ),
    "netflix with german days": Brought(
        {"a.csv": 'Titel,Datum\n"The Green Mile","25.12.23"\n"The Green Mile","03.04.24"\n'},
        seen=("Green Mile",),
        days={"Green Mile": "2024-04-03"},
    ),
    "dates under a name that is not known": Brought(
        {"a.csv": "Titel;Jaar;Mijn cijfer;Gezien op\nHeat;1995;4;25-01-2024\nHeat;1995;9;03-02-2024\n"},
        {"Heat": 4.5},
        days={"Heat": "2024-02-03"},
    ),
    "times as browsers write them": Brought(
        {
            "a.csv": "title,year,rating,watched_at\n"
            "Heat,1995,4,Tue May 12 2026 18:38:35 GMT+0000 (Coordinated Universal Time)\n"
        },
        {"Heat": 4},
        days={"Heat": "2026-05-12"},
    ),
    "a time that is none keeps the rating": Brought(
        {"a.csv": "title,year,rating,date\nHeat,1995,4,long ago\nMemento,2000,3,2024-02-06\n"},
        {"Heat": 4, "Memento": 3},
        days={"Memento": "2024-02-06"},
    ),
    "no order to be found": Brought(
        {"a.csv": "title,year,rating,date\nHeat,1995,4,3/4/24\n"},
        {"Heat": 4},
        days={"Heat": "2024-03-04"},
        notes=("dates such as",),
    ),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_in_any_form(tmp_path: Path, name: str) -> None:
    TIMES[name].check(tmp_path)
