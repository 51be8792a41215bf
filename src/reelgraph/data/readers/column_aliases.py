"""The names that tools, services and people give to the columns of a table of ratings, in several languages.

Names are written as they occur; `reelgraph.data.readers.column_names.normalised_name` removes case, accents and
punctuation before they are compared.
"""

from __future__ import annotations

from collections.abc import Mapping

ALIASES: Mapping[str, str] = {
    "user_id": """
        user_id user_ids user uid user_no user_num user_idx user_index user_code customer_id customer client_id
        member_id member account_id person_id person profile_id reviewer_id viewer_id visitor_id subscriber_id u_id
        Benutzer Benutzer_ID Nutzer Nutzer_ID Kunde Kunden_ID Kundennummer Anwender usuario usuario_id id_usuario
        utilisateur utilisateur_id id_utilisateur utente utente_id id_utente gebruiker gebruiker_id użytkownik
        id_użytkownika användare användar_id uživatel пользователь id_пользователя пользователь_id 用户 用户id 用户编号
        ユーザー ユーザーid 사용자
    """,
    "item_id": """
        item_id item_ids iid item_no item_num item_idx item_index item_code movie_id movie_ids movie_no movie_idx
        film_id film_no product_id article_id content_id show_id media_id title_id video_id asin isbn sku
        anime_id book_id game_id track_id song_id artist_id i_id
        Filmnummer Film_Nr id_película película_id id_film id_filme filme_id id_filmu film_nummer id_фильма фильм_id
        电影id 电影编号 影片id 映画id
    """,
    "rating": """
        rating ratings stars star_rating star score scores user_rating user_score my_rating my_score your_rating grade
        rating_value rating_score rating10 ratings10 rating_10 rate
        Bewertung Bewertungen Wertung Punkte Sterne puntuación puntaje valoración calificación estrellas voto
        valutazione punteggio stelle évaluation étoiles notation ocena gwiazdki beoordeling waardering cijfer betyg
        hodnocení avaliação classificação pontuação оценка моя_оценка 评分 评价 我的评分 打分 評価 評点 평점
    """,
    "timestamp": """
        timestamp ts unix_time unix_timestamp unix_review_time epoch rated_at created_at watched_at reviewed_at
        updated_at event_time rating_time rating_date date_rated rating_timestamp review_date watched_date date_added
        Zeitstempel Zeitpunkt horodatage marca_de_tiempo
    """,
    "title": """
        title movie_title film_title movie_name film_name item_name item_title primary_title name
        Titel Filmtitel título titre titolo tytuł название фильм название_фильма 片名 电影名 电影名称 标题 タイトル 제목
    """,
    "year": """
        year release_year movie_year year_released production_year start_year
        Jahr Erscheinungsjahr Produktionsjahr año anno année ano rok rok_produkcji jaar år год 年份 年 公開年 연도
    """,
    "genres": """
        genres genre categories category
        Genres género géneros genere generi gatunek gatunki жанр жанры 类型 ジャンル
    """,
    "imdb_id": "imdb_id imdb tconst imdb_url imdb_tt",
    "tmdb_id": "tmdb_id tmdb the_movie_db_id moviedb_id",
}
"""Standard name -> names that mean it and nothing else."""

RUNTIME_NAMES = "runtime runtime_minutes runtime_mins duration minutes Laufzeit duración durée durata"
"""Names of the length of a movie in minutes, in a table of movies."""

WEAK_ALIASES: Mapping[str, str] = {
    "user_id": "username user_name reviewer reviewer_name nickname login author email session_id",
    "item_id": """
        item movie film product article show película filme filmu фильм_номер 电影 影片 映画
        artist track song album book game anime manga podcast
    """,
    "rating": "vote weight value overall preference pref mark marks points note nota Note puntos punti punkty",
    "timestamp": """
        time date datetime day review_time Zeit Datum fecha data date_heure tijd dato дата время 日期 时间 日付
    """,
    "title": "original_title original_name",
    "year": "release_date released",
    "genres": "class Kategorie",
}
"""Names that mean it when nothing clearer is there; beside a clear name they are something else."""

COUNT_NAMES = """
    plays play n_plays num_plays play_count plays_count times_played listens listen_count n_listens scrobbles count
    counts cnt view_count views n_views num_views clicks click_count n_clicks watch_count times_watched times_seen
    purchases purchase_count quantity qty frequency freq hours hours_played playtime minutes_played
"""
"""Names that say how often, or how long: counts in place of ratings, where the table has none."""

LIKE_NAMES = """
    label labels liked like is_like is_liked thumb thumbs reaction feedback interaction interactions clicked is_click
    is_clicked watched is_watched seen is_seen viewed is_viewed played is_played purchased is_purchased bought favorite
    favourite is_favorite is_favourite upvoted recommended recommend sentiment response target
"""
"""Names that say whether: likes in place of ratings, where the table has none and the values are likes and dislikes."""

ROLE_NAMES: Mapping[str, str] = {
    **{name: name for name in ALIASES},
    "user": "user_id",
    "item": "item_id",
    "movie": "item_id",
    "film": "item_id",
    "stars": "rating",
    "time": "timestamp",
    "date": "timestamp",
    "genre": "genres",
    "imdb": "imdb_id",
    "tmdb": "tmdb_id",
}
"""What people may write for a standard name in ``--columns`` and ``columns=``."""
