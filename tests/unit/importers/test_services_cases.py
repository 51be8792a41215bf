"""Small files in the layouts of many services: what each must give is known row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.importers.brought import Brought

TMDB_HEADER = "TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Episode Number,Rating,Your Rating,Date Rated\n"
KINORIUM = (
    "Title\tOriginal Title\tType\tYear\tMy rating\tDate\r\n"
    "Матрица\tThe Matrix\tФильм\t1999\t9\t2024-01-02 10:00:00\r\n"
    "Помни\tMemento\tФильм\t2000\t8\t2024-01-03 10:00:00\r\n"
    "Твин Пикс\tTwin Peaks\tСериал\t1990\t10\t2024-01-03 10:00:00\r\n"
    "Схватка\tHeat\tФильм\t1995\t4\t2024-01-04 10:00:00\r\n"
    "Унесённые призраками\tSen to Chihiro no kamikakushi\tМультфильм\t2001\t10\t2024-01-04 10:00:00\r\n"
)
KINORIUM_RATINGS = {"Matrix": 4.5, "Memento": 4, "Heat": 2, "Spirited Away": 5}
SIMKL_ROWS = (
    '[{"last_watched_at":"2024-01-01T00:00:00Z","status":"completed","user_rating":9,"movie":{"title":"Heat",'
    '"year":1995,"ids":{"simkl":1,"imdb":"tt0113277","tmdb":"949"}}},{"last_watched_at":null,"status":"plantowatch",'
    '"user_rating":null,"movie":{"title":"Memento","year":2000,"ids":{"simkl":2,"imdb":"tt0209144","tmdb":"77"}}}]'
)
GDPR_HEADER = (
    "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,Bookmark,Latest Bookmark,"
    "Country\n"
)
IMDB_TODAY = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,"
    "Release Date,Directors\n"
)

CASES = {
    "movielens ratings": Brought(
        {
            "movielens-ratings.csv": "movie_id,imdb_id,tmdb_id,rating,average_rating,title\n"
            "1,0114709,862,3.5,3.8906,Toy Story (1995)\n318,0111161,278,5.0,4.42,The Shawshank Redemption (1994)\n"
            "4226,0209144,77,4.5,4.16,Memento (2000)\n"
        },
        {"Toy Story": 3.5, "Shawshank": 5, "Memento": 4.5},
    ),
    "movielens wishlist": Brought(
        {
            "movielens-wishlist.csv": "movie_id,imdb_id,tmdb_id,average_rating,title\n"
            '296,0110912,680,4.17,Pulp Fiction (1994)\n50,0114814,629,4.2,"Usual Suspects, The (1995)"\n'
        },
        watchlist=("Pulp Fiction", "Usual Suspects"),
    ),
    "tmdb ratings": Brought(
        {
            "ratings.csv": f"{TMDB_HEADER}603,tt0133093,movie,The Matrix,1999-03-30T00:00:00Z,,,8.2,4.0,"
            f"2022-09-20T00:00:00Z\n"
            "680,tt0110912,movie,Pulp Fiction,1994-09-10T00:00:00Z,,,8.5,10.0,2022-09-21T00:00:00Z\n"
            "1399,tt0944947,tv,Game of Thrones,2011-04-17T00:00:00Z,,,8.4,9.0,2022-09-22T00:00:00Z\n"
        },
        {"Matrix": 2, "Pulp Fiction": 5},
        aside=1,
        days={"Matrix": "2022-09-20"},
    ),
    "tmdb watchlist": Brought(
        {
            "tmdb_watchlist.csv": f"{TMDB_HEADER}603,tt0133093,movie,The Matrix,1999-03-30T00:00:00Z,,,8.2,,\n"
            "680,tt0110912,movie,Pulp Fiction,1994-09-10T00:00:00Z,,,8.5,,\n"
        },
        watchlist=("Matrix", "Pulp Fiction"),
    ),
    "ratings in a column Ratings10": Brought(
        {
            "mine.csv": "Title,Year,tmdbID,imdbID,WatchedDate,Ratings10\nHeat,1995,949,tt0113277,2024-01-02,4\n"
            "Memento,2000,77,tt0209144,2024-01-03,5\nSe7en,1995,807,tt0114369,2024-01-03,3\n"
        },
        {"Heat": 2, "Memento": 2.5, "Se7en": 1.5},
    ),
    "titles without a header": Brought(
        {"titles.txt": "Melancholia (2011)\nMemento (2000)\nMen in Black (1997)\nHeat (1995)\n"},
        seen=("Melancholia", "Memento", "Men in Black", "Heat"),
    ),
    "ids without a header": Brought(
        {"ids.txt": "tt0133093\ntt0110912\ntt0209144\n"}, seen=("Matrix", "Pulp Fiction", "Memento")
    ),
    "kinopoisk": Brought(
        {
            "kp.csv": "id,nameEng,nameRus,rating,date,year,link\n"
            '1,District 9,Район №9,10,"09.09.2009, 15:34",2009,https://example.org/1\n'
            '2,Memento,Помни,9,"09.10.2009, 15:34",2000,https://example.org/2\n'
        },
        {"District 9": 5, "Memento": 4.5},
    ),
    "kinopoisk, another program": Brought(
        {
            "kp.csv": "id,imdb_id,name_eng,rating,rating_date,release_year,link\n"
            "1,,District 9,10,2009-09-09,2009,https://example.org/1\n"
            "2,tt0209144,Memento,9,2009-10-09,2000,https://example.org/2\n"
            "3,,Heat,8,2009-10-09,1995,https://example.org/3\n"
        },
        {"District 9": 5, "Memento": 4.5, "Heat": 4},
        days={"Heat": "2009-10-09"},
    ),
    "yamtrack": Brought(
        {
            "yamtrack.csv": "media_id,source,media_type,title,image,season_number,episode_number,score,status,notes,"
            "start_date,end_date,progress,created_at,progressed_at\n"
            "603,tmdb,movie,The Matrix,,,,8.0,Completed,,,2024-01-01,1,2024-01-01T10:00:00Z,2024-01-01T10:00:00Z\n"
            "77,tmdb,movie,Memento,,,,,Planning,,,,0,2024-01-01T10:00:00Z,\n"
            "949,tmdb,movie,Heat,,,,3.0,Dropped,,,2024-01-02,1,2024-01-01T10:00:00Z,2024-01-01T10:00:00Z\n"
            "1920,tmdb,tv,Twin Peaks,,,,9.0,Completed,,,2024-01-02,1,2024-01-01T10:00:00Z,2024-01-01T10:00:00Z\n"
        },
        {"Matrix": 4, "Heat": 1.5},
        watchlist=("Memento",),
        aside=1,
    ),
    "movary": Brought(
        {
            "history.csv": "title,year,tmdbId,imdbId,watchedAt,comment\nHeat,1995,949,tt0113277,2024-01-02,\n"
            "The Matrix,1999,603,tt0133093,2024-01-03,\n",
            "ratings.csv": "title,year,tmdbId,imdbId,userRating\nHeat,1995,949,tt0113277,9\n"
            "Memento,2000,77,tt0209144,4\n",
            "watchlist.csv": "title,year,tmdbId,imdbId,addedAt\nPulp Fiction,1994,680,tt0110912,2024-01-03\n",
        },
        {"Heat": 4.5, "Memento": 2},
        ("Matrix",),
        ("Pulp Fiction",),
    ),
    "imdb list": Brought(
        {
            "list.csv": "Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,"
            "Runtime (mins),Year,Genres,Num Votes,Release Date,Directors,Your Rating,Date Rated\n"
            '1,tt0133093,2025-07-09,2025-07-09,"first line\nsecond ""line"", with comma",The Matrix,The Matrix,u,Movie,'
            '8.7,136,1999,"Action, Sci-Fi",2000000,1999-03-31,"Lana Wachowski, Lilly Wachowski",9,2025-07-09\n'
            "2,tt0098936,2025-07-09,2025-07-09,,Twin Peaks,Twin Peaks,u,TV Series,8.7,45,1990,Crime,220000,1990-04-08,,"
            "10,2025-07-09\n"
            "3,tt0113277,2025-07-09,2025-07-09,,Heat,Heat,u,Movie,8.3,170,1995,Crime,700000,1995-12-15,Michael Mann\n"
            '4,tt0209144,2025-07-09,2025-07-09,,Memento,Memento,u,Movie,8.4,113,2000,"Mystery, Thriller",1300000,'
            "2000-09-05,Christopher Nolan,,\n"
        },
        {"Matrix": 4.5},
        watchlist=("Memento",),
        aside=2,
        notes=("list.csv, line 5: '3,tt0113277",),
    ),
    "trakt csv": Brought(
        {
            "ratings.csv": "rated_at,type,title,year,trakt_rating,trakt_id,imdb_id,tmdb_id,tvdb_id,url,released,"
            "season_number,episode_number,episode_title,genres,rating\n"
            "2024-05-01T10:00:00Z,movie,The Matrix,1999,8.6,481,tt0133093,603,,u,1999-03-31,,,,action,3\n"
            "2024-05-02T10:00:00Z,movie,Heat,1995,8.2,600,tt0113277,949,,u,1995-12-15,,,,crime,10\n"
            "2024-05-03T10:00:00Z,show,Twin Peaks,1990,8.5,1500,tt0098936,1920,70533,u,1990-04-08,,,,crime,9\n"
            "2024-05-03T10:00:00Z,episode,Twin Peaks,1990,8.5,1500,tt0098936,1920,70533,u,1990-04-08,1,"
            "1,Pilot,crime,9\n"
        },
        {"Matrix": 1.5, "Heat": 5},
        aside=2,
    ),
    "kinorium in UTF-16": Brought({"kinorium.csv": KINORIUM.encode("utf-16")}, KINORIUM_RATINGS, aside=1),
    "kinorium in UTF-16 without a mark": Brought({"k.csv": KINORIUM.encode("utf-16-le")}, KINORIUM_RATINGS, aside=1),
    "filmweb": Brought(
        {
            "filmweb.csv": "timestamp,favorite,user_rating,global_rating,original_title,pl_title,directors,countries,"
            "genres,link,duration_min,year,iso_date\n"
            "1500000000,False,10,8.4,The Matrix,Matrix,x,USA,sf,https://example.org/1,136,1999,2017-07-14\n"
            "1500000000,False,4,8.1,Memento,Memento,x,USA,thriller,https://example.org/2,113,2000,2017-07-14\n"
        },
        {"Matrix": 5, "Memento": 2},
    ),
    "filmtipset": Brought(
        {
            "filmtipset.csv": "Date;Title;Rating;IMDB\n2010-01-01;Matrix;5;tt0133093\n"
            "2010-01-02;Memento;4;tt0209144\n2010-01-03;Heat;3;tt0113277\n"
        },
        {"Matrix": 5, "Memento": 4, "Heat": 3},
    ),
    "file for Letterboxd's import": Brought(
        {
            "import.csv": "tmdbID,imdbID,Title,Year,Directors,WatchedDate,Rating10,Tags,Review\n"
            '603,tt0133093,The Matrix,1999,x,2024-01-01,3,,"multi\nline ""quoted"""\n'
            "77,tt0209144,Memento,2000,x,2024-01-02,5,,\n"
        },
        {"Matrix": 1.5, "Memento": 2.5},
    ),
    "mubi": Brought(
        {
            "mubi.csv": "Title,Year,Directors,Rating,WatchedDate\nHoop Dreams,1994,Steve James,4,2020-08-18\n"
            "Leviathan,2014,Andrey Zvyagintsev,5,2020-08-19\n"
        },
        {"Hoop Dreams": 4, "Leviathan": 5},
    ),
    "spreadsheet with decimal commas": Brought(
        {"excel.csv": "\ufeffsep=;\r\nTitle;Year;Rating\r\nHeat;1995;4,5\r\nMemento;2000;3,5\r\n"},
        {"Heat": 4.5, "Memento": 3.5},
    ),
    "jellyfin": Brought(
        {
            "jellyfin.csv": "Name,ProductionYear,IsFavorite,UserRating,Played,ImdbId,TmdbId\n"
            "Heat,1995,True,,True,tt0113277,949\nMemento,2000,False,,False,tt0209144,77\n"
        },
        seen=("Heat",),
        aside=1,
    ),
    "netflix episodes": Brought(
        {
            "NetflixViewingHistory.csv": 'Title,Date\n"Les rivières pourpres: La dernière chasse","01/02/2023"\n'
            '"My Name: Aflevering 8","13/02/2023"\n"Line of Duty: Episode 3","14/02/2023"\n'
            '"Kleo: Episode 1","14/02/2023"\n"Fargo: The Law of Vacant Places","14/02/2023"\n'
            '"Westworld: Trompe LOeil","14/02/2023"\n"Hannibal: Aperitif","14/02/2023"\n'
            '"Limitless: Pilot","14/02/2023"\n'
        },
        aside=7,
        doubtful=("Les rivières pourpres: La dernière chasse",),
    ),
    "netflix, all data of one profile": Brought(
        {
            "ViewingActivity.csv": f"{GDPR_HEADER}"
            "A,2024-05-01 19:00:00,00:00:07,Autoplayed: user action: None; ,The Shawshank Redemption,,"
            "TV,00:00:07,00:00:07,AU\n"
            "A,2024-05-02 19:00:00,01:40:00,,The Green Mile,,TV,03:05:00,03:05:00,AU (Australia)\n"
            "A,2024-05-03 19:00:00,00:43:26,,DAHMER: Monster: The Jeffrey Dahmer Story: The Good Boy "
            "Box (Episode 4),,TV,"
            "00:41:19,Not latest view,DE (Germany)\n"
            "A,2024-05-03 19:00:00,00:01:10,,The Green Mile (Trailer),TRAILER,TV,00:01:10,00:01:10,DE (Germany)\n"
            "A,2024-05-03 19:00:00,00:00:30,,Season 1 Clip: Lupin,HOOK,TV,00:00:30,00:00:30,DE (Germany)\n"
        },
        seen=("Green Mile",),
        aside=4,
    ),
    "criticker": Brought(
        {
            "criticker.xml": '<?xml version="1.0"?>\n'
            "<recentratings><film><filmid>1</filmid><filmname>Heat (1995)</filmname>"
            "<rating>88</rating><quote></quote><reviewdate>2015-01-01</reviewdate><tier>9</tier></film></recentratings>\n"
        },
        {"Heat": 4.5},
        days={"Heat": "2015-01-01"},
    ),
    "douban": Brought(
        {
            "douban.csv": "标题,简介,豆瓣评分,链接,创建时间,我的评分,标签,评论\n"
            "盗火线 / Heat,1995 / 美国,8.2,https://example.org/1,2020-01-01,5,,\n"
            "记忆碎片 / Memento,2000 / 美国,8.7,https://example.org/2,2020-01-02,4,,\n"
        },
        {"Heat": 5, "Memento": 4},
    ),
    "simkl": Brought(
        {"simkl.json": f'{{"movies":{SIMKL_ROWS},"shows":[],"anime":[]}}'}, {"Heat": 4.5}, watchlist=("Memento",)
    ),
    "simkl list": Brought({"simkl.json": SIMKL_ROWS}, {"Heat": 4.5}, watchlist=("Memento",)),
    "letterboxd ratings saved by a spreadsheet": Brought(
        {
            "ratings.csv": "Date;Name;Year;Letterboxd URI;Rating\n25.01.2024;Heat;1995;https://boxd.it/a;4,5\n"
            "06.01.2024;Memento;2000;https://boxd.it/b;5\n"
        },
        {"Heat": 4.5, "Memento": 5},
        days={"Heat": "2024-01-25", "Memento": "2024-01-06"},
    ),
    "imdb ratings saved by a spreadsheet": Brought(
        {
            "ratings.csv": f"{IMDB_TODAY}"
            "tt0113277,8,25/01/2024,Heat,Heat,u,Movie,8.3,170,1995,Crime,1,1995-12-15,x\n"
            "tt0209144,9,06/01/2024,Memento,Memento,u,Movie,8.4,113,2000,Mystery,1,2000-09-05,x\n"
        },
        {"Heat": 4, "Memento": 4.5},
        days={"Heat": "2024-01-25", "Memento": "2024-01-06"},
    ),
    "letterboxd diary saved by a spreadsheet": Brought(
        {
            "diary.csv": "Date;Name;Year;Letterboxd URI;Rating;Rewatch;Tags;Watched Date\n"
            "05.01.2024;Heat;1995;https://boxd.it/a;3;;;05.01.2024\n04.02.2024;Heat;1995;https://boxd.it/b;4,5;Yes;;04.02.2024\n"
            "25.02.2024;Memento;2000;https://boxd.it/c;4;;;25.02.2024\n"
        },
        {"Heat": 4.5, "Memento": 4},
        days={"Heat": "2024-02-04"},
    ),
    "types that are genres": Brought(
        {"mine.csv": "Title,Year,Type,Rating\nCabaret,1972,Musical,4\nHeat,1995,Crime,5\nChicago,2002,Musical,3.5\n"},
        {"Cabaret": 4, "Heat": 5, "Chicago": 3.5},
    ),
    "simkl csv": Brought(
        {
            "simkl.csv": "SIMKL_ID,Title,Type,Year,Watchlist,LastEpWatched,WatchedDate,Rating,Memo,TVDB,TMDB,IMDB\n"
            "1,Heat,movie,1995,completed,,2024-01-01T10:00:00Z,9,,,949,tt0113277\n"
            "2,Memento,movie,2000,plantowatch,,,,,,77,tt0209144\n3,Fargo,tv,2014,watching,s1e3,,8,,,,\n"
            "4,The Matrix,movie,1999,dropped,,,,,,603,tt0133093\n"
        },
        {"Heat": 4.5},
        watchlist=("Memento",),
        aside=2,
    ),
    "plex": Brought(
        {
            "plex.json": '{"MediaContainer":{"Metadata":[{"ratingKey":"1","title":"Heat","type":"movie","year":1995,'
            '"viewCount":1,"lastViewedAt":1704110400,"userRating":9.0,"rating":8.7,"Guid":[{"id":"imdb://tt0113277"}]},'
            '{"ratingKey":"2","title":"Memento","type":"movie","year":2000,"rating":9.3,"Guid":[{"id":"tmdb://77"}]},'
            '{"ratingKey":"3","title":"Pilot","type":"episode","grandparentTitle":"Fargo","viewCount":1}]}}'
        },
        {"Heat": 4.5},
        aside=2,
        days={"Heat": "2024-01-01"},
    ),
    "kodi": Brought(
        {
            "videodb.xml": "<videodb><version>1</version><movie><title>Heat</title><userrating>9</userrating>"
            "<year>1995</year>"
            "<playcount>2</playcount><lastplayed>2024-01-01</lastplayed></movie><movie><title>Memento</title>"
            "<userrating>0</userrating><year>2000</year><playcount>0</playcount></movie></videodb>"
        },
        {"Heat": 4.5},
        aside=1,
        days={"Heat": "2024-01-01"},
    ),
    "tautulli": Brought(
        {
            "history.csv": "date,friendly_name,media_type,full_title,grandparent_title,percent_complete,year\n"
            "1704110400,ann,movie,Heat,,97,1995\n1704110400,ann,movie,Memento,,4,2000\n"
            "1704110400,ann,episode,Fargo - Pilot,Fargo,99,2014\n"
        },
        seen=("Heat",),
        aside=2,
    ),
    "imdb list in german": Brought(
        {
            "list.csv": "Position,Const,Erstellt,Geändert,Beschreibung,Titel,Originaltitel,URL,Titeltyp,"
            "IMDb-Bewertung,Laufzeit,Jahr,Genres,Anzahl,Erscheinungsdatum,Regisseure,Ihre Bewertung,Bewertungsdatum\n"
            "1,tt0113277,2024-01-02,2024-01-02,,Heat,Heat,u,Film,8.3,170,1995,Crime,1,1995-12-15,x,9,2024-01-03\n"
            "2,tt0209144,2024-01-02,2024-01-02,,Memento,Memento,u,Film,8.4,113,2000,Mystery,1,2000-09-05,x,,\n"
            "3,tt2802850,2024-01-02,2024-01-02,,Fargo,Fargo,u,Fernsehserie,8.4,50,2014,Crime,1,2014-09-05,x,,\n"
        },
        {"Heat": 4.5},
        watchlist=("Memento",),
        aside=1,
    ),
    "trakt, all in one object": Brought(
        {
            "trakt.json": '{"ratings":{"movies":[{"rated_at":"2024-01-01T00:00:00.000Z","rating":9,"movie":'
            '{"title":"Heat","year":1995,"ids":{"imdb":"tt0113277"}}}],"shows":[{"rating":8,"show":{"title":"Fargo","ids":{}}}]},'
            '"watchlist":{"movies":[{"listed_at":"2024-01-01T00:00:00.000Z","movie":{"title":"Memento","year":2000,'
            '"ids":{"tmdb":77}}}]}}'
        },
        {"Heat": 4.5},
        watchlist=("Memento",),
        aside=1,
    ),
    "check-ins of IMDb": Brought(
        {"check-ins.csv": "Position,Const,Created,Title,Title Type,Year\n1,tt0113277,2020-01-02,Heat,movie,1995\n"},
        seen=("Heat",),
        days={"Heat": "2020-01-02"},
    ),
    "movielens, all files": Brought(
        {
            "movielens-ratings.csv": "movie_id,imdb_id,tmdb_id,rating,average_rating,title\n"
            "6,0113277,949,4.5,3.9,Heat (1995)\n",
            "movielens-wishlist.csv": "movie_id,imdb_id,tmdb_id,average_rating,title\n"
            "4226,0209144,77,4.2,Memento (2000)\n",
            "movielens-hidden.csv": "movie_id,imdb_id,tmdb_id,average_rating,title\n"
            "1,0114709,862,3.9,Toy Story (1995)\n",
        },
        {"Heat": 4.5},
        watchlist=("Memento",),
        aside=1,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_files_of_services(tmp_path: Path, name: str) -> None:
    CASES[name].check(tmp_path)
