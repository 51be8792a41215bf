"""Words of column names in many languages, by what the columns hold."""

from __future__ import annotations

import re
import unicodedata

_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})  # which have no accent to lose


def simplify(text: str) -> str:
    """Lower case without accents, and camel case split into words."""
    decomposed = unicodedata.normalize("NFKD", _INNER_CAPITAL.sub(" ", text).casefold().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words_in(name: str) -> tuple[str, ...]:
    """The words and numbers of a name: "WatchedDate" -> watched date, "Rating10" -> rating 10."""
    return tuple(_WORD.findall(simplify(name)))


def _parts(*texts: str) -> tuple[str, ...]:
    """Parts of names in scripts without spaces, as `simplify` writes them."""
    return tuple(map(simplify, texts))


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as `simplify` writes them."""
    return frozenset(simplify(text).split())


FILLER = word_set(
    "a an the of my your in on for to is has been i it de du des d la le les el il lo del della do da os der "
    "die das den im ein een und y e et out mi tu su ma mon mio mia meine mein min mijn moja моя мой по "
    "display full main primary"
)
TITLE = word_set(
    "title titles titel titre titulo titolo tytul nazwa nazev nazov cim nimi tittel titul baslik название "
    "наименование назва заголовок naslov otsikko titlu τίτλος כותרת عنوان العنوان name nom nombre nome adi "
    "navn namn naam film filme films filmtitel filmname filmtitle filmnaam movie movies moviename movietitle "
    "pelicula elokuva фильм фильма филм ταινία סרט فيلم primarytitle naziv"
)
TITLE_CJK = _parts(
    "标题", "標題", "片名", "电影", "電影", "影片", "タイトル", "作品名", "映画", "題名", "邦題", "제목", "영화"
)
ORIGINAL = word_set(
    "original originaltitel originaltitle originalname originale originales originalny oryginalny originalni "
    "оригинальное оригинальный оригинал оригінальна orijinal eredeti alkuperainen oorspronkelijke originele "
    "alternative alternate aka"
)
ORIGINAL_CJK = _parts("原名", "原題", "原标题", "原片名", "외문", "원제", "外文")
ENGLISH = word_set("en eng english englisch englischer anglais ingles inglese angielski английское engels engelsk")
ENGLISH_CJK = _parts("英文", "英語", "영문", "영어")
LOCAL = word_set(
    "rus ru russian русское русскоязычное pl polish polski de german deutsch deutscher fr french francais es "
    "spanish espanol it italian italiano pt portuguese jp japanese cn chinese local localized localised "
    "translated lokaler lokal"
)
LOCAL_CJK = _parts("中文", "译名")
YEAR = word_set(
    "year years yr jahr annee ano anno rok god год року рік leto godina vuosi ar aar jaar ev yil yili έτος "
    "שנה سنة erscheinungsjahr produktionsjahr filmjahr premierenjahr productieyear productiejaar utgivningsar "
    "julkaisuvuosi startyear releaseyear productionyear"
)
YEAR_CJK = _parts("年份", "公開年", "制作年", "上映年", "年代", "연도", "년도")
RELEASE = word_set(
    "release released premiere premiera premiery erscheinungsdatum erscheinung veroffentlichung sortie "
    "estreno uscita lancamento выхода выпуска премьера премьеры releasedate releasejahr originallyavailableat "
    "production produkcji производства wydania start"
)
RELEASE_CJK = _parts("上映", "公開", "개봉", "发行")
TIME = word_set(
    "date dates time timestamp datetime at on am when day datum dato data fecha дата время день tarih "
    "paivamaara paiva pvm ημερομηνία תאריך تاريخ dia giorno jour tag bewertungsdatum sehdatum daterated "
    "datewatched dateadded watcheddate ratedat watchedat reviewdate lastplayed lastwatched lastseen"
)
TIME_CJK = _parts("时间", "時間", "日期", "日付", "日時", "観た日", "鑑賞日", "視聴日", "登録日", "날짜", "일자")
WATCH = word_set(
    "watch watched watching seen saw viewed viewing played finished completed checked gesehen geschaut "
    "angesehen vu vue vus visionnage visionne visto vista vistos viste visione visualizacion visualizacao "
    "viewings просмотра просмотрено просмотрен смотрел obejrzenia obejrzano obejrzane obejrzany zhlednuto "
    "shlednuto sett sedd katsottu bekeken gezien izlenme izledim izlendi iswatched end"
)
WATCH_CJK = _parts("看过", "看過", "观看", "観賞", "鑑賞", "視聴", "観た", "見た", "시청", "본 ")
ADDED = word_set(
    "added created updated modified listed hinzugefugt ajout ajoute anadido agregado aggiunta aggiunto "
    "dodania dodano добавления добавлено lagttill toegevoegd"
)
ADDED_CJK = _parts("创建", "更新", "添加", "追加", "추가")
RATING = word_set(
    "rating ratings rate rated stars star score scores bewertung bewertungen wertung sterne betyg vurdering "
    "karakter arvosana arvio cijfer beoordeling waardering ocena oceny hodnoceni hodnotenie ertekeles puan "
    "puanim puani оценка оценки оцінка рейтинг βαθμολογία valoracion puntuacion calificacion puntaje "
    "estrellas avaliacao classificacao pontuacao valutazione punteggio stelle etoiles evaluation notation "
    "דירוג تقييم userrating yourrating myrating myscore userscore personalrating yourated terningkast ocjena"
)
RATING_CJK = _parts("评分", "評分", "打分", "評価", "评价", "点数", "평점", "별점", "점수")
WEAK_RATING = word_set("note notes nota notas vote voto voti votes points punkte punkty point value grade mark рейтинг")
PERSONAL = word_set(
    "my your user own personal person mine me mein meine eigene eigener ihre deine ma mon votre perso "
    "personnelle mi mis tu tus su mio mia tua tuo minha sua meu moja moje twoja me moje мой моя мои ваша ваш "
    "личная min mitt mijn jouw din oma benim sajat твоя твой tva twoj you ihre personlig personliche"
)
PERSONAL_CJK = _parts("我的", "个人", "個人", "マイ", "自分", "내 ", "나의", "本人")
STRONG_PERSONAL = PERSONAL - word_set("user person you")
AVERAGE = word_set(
    "average avg mean global community public audience critic critics kritiker presse press spectateurs "
    "moyenne media medio medie promedio средняя средний srednia sredni durchschnitt durchschnittlich "
    "durchschnittliche schnitt snitt gennemsnit gjennomsnitt genomsnitt gemiddeld gemiddelde keskiarvo prumer "
    "prumerne ortalama общая users members everyone weighted bayesian imdb tmdb trakt douban filmweb "
    "metacritic metascore meta rt rotten tomatoes tomatometer tomato letterboxd kinopoisk кинопоиск "
    "кинопоиска кп kp tvdb allocine senscritique mal anilist csfd"
)
AVERAGE_CJK = _parts("平均", "综合", "豆瓣", "大众", "みんな", "평균", "전체")
AVERAGE_ALONE = word_set(
    "imdbrating imdbscore tmdbrating averagerating avgrating voteaverage metascore metacritic rottentomatoes "
    "tomatometer senscritique letterboxd douban kinopoisk filmweb allocine csfd globalrating communityrating "
    "criticrating criticsrating audiencerating traktrating popularity kprating ratingkp ratingimdb imdbvotes"
)
COUNT = word_set(
    "votes votos stimmen голосов glosow count counts number numbers num no anzahl количество nr total "
    "numvotes numratings"
)
PLAYS = word_set(
    "plays playcount viewcount watchcount timeswatched timesseen seen viewings watches play view views "
    "watched times viewed played"
)
KIND = word_set(
    "type types kind typ art tipo тип вид category categorie kategorie categoria kategoria tur tyyppi soort "
    "titletype mediatype itemtype contenttype"
)
KIND_CJK = _parts("类型", "類型", "種別", "種類", "类别", "유형", "종류", "分类")
EPISODE = word_set(
    "season episode staffel folge saison temporada stagione episodio puntata capitulo capitolo aflevering "
    "seizoen sezon odcinek сезон серия эпизод sasong avsnitt sesong saeson afsnit kausi jakso sezona epizoda "
    "bolum evad seasonnumber episodenumber episodetitle episodename"
)
EPISODE_CJK = _parts("第几集", "集数", "季数", "シーズン", "エピソード", "話数", "시즌", "에피소드", "회차")
SHOW = word_set(
    "show showname showtitle series seriesname seriestitle tvshow tvshowname tvshowtitle serienname "
    "serientitel serie grandparenttitle сериал isseries isshow istv"
)
STATUS = word_set(
    "status state estado stato statut stan tila stav durum статус состояние shelf bookshelf liststatus "
    "watchstatus mystatus zustand action event activity list listname"
)
STATUS_CJK = _parts("状态", "状態", "狀態", "상태")
WISH = word_set(
    "watchlist wishlist wish watchlisted inwatchlist merkliste wunschliste watchliste plantowatch wanttowatch "
    "towatch wanttosee wunsch"
)
HIDDEN = word_set("hidden ishidden ignored isignored notinterested blocked dropped isdropped abandoned disliked")
PROGRESS = word_set(
    "progress percent percentage pct playedpercentage completion fortschritt avance progreso прогресс percentcomplete "
    "percentwatched"
)
PROGRESS_CJK = _parts("进度", "進捗", "進度", "진행")
USER = word_set(
    "user userid username useremail profile profilename account accountname member viewer friendlyname "
    "utilisateur benutzer usuario utente uzytkownik пользователь profil"
)
USER_CJK = _parts("用户", "プロフィール", "사용자", "프로필")
LINK = word_set(
    "url uri link href guid guids address imdburl imdblink tmdburl tmdblink ссылка lien enlace letterboxduri"
)
LINK_CJK = _parts("链接", "連結", "リンク", "링크")
SOURCE = word_set("source idsource mediasource provider")
AGE_RATING = word_set("content age mpaa official certification parental contentrating officialrating")
IGNORED = word_set(
    "genre genres director directors directed regie regisseur realisateur writer writers cast actors actor "
    "stars runtime runtimes duration minutes mins length laufzeit dauer duree country countries land lander "
    "pays language languages sprache tags tag review reviews reviewtext quote notes comment comments "
    "kommentar description overview plot summary synopsis image poster cover thumbnail favorite favourite "
    "favorites isfavorite like likes liked rank position index popularity budget revenue studio studios "
    "network keywords colour color slug tagline certificate rewatch rewatches rewatched spoiler spoilers "
    "privacy tvdb tvdbid trakt traktid simkl simklid anidb kinopoiskid wikidata wikidataid awards viewoffset "
    "origin key text device attributes bookmark latest sort sortname sorttitle titlesort runtimemins "
    "durationmin memo tier medium no n nr hearted where with place cinema format recommend critics mpaa "
    "seasons episodes lastepwatched modified numvotes filmlink жанр жанры режиссер режиссёр актеры страна "
    "genero generos genere gatunek gatunki pais kraj ответ комментарий repeat server library row nr "
    "ratingtype"
)
IGNORED_CJK = _parts(
    "导演",
    "演员",
    "标签",
    "评论",
    "短评",
    "国家",
    "片长",
    "监督",
    "監督",
    "ジャンル",
    "감독",
    "장르",
    "评论数",
    "封面",
    "主演",
    "关键词",
)
NUMBERS = {"five": 5, "ten": 10, "hundred": 100, "funf": 5, "zehn": 10, "cinq": 5, "dix": 10, "cinco": 5, "diez": 10}
"""Numbers written as words in the name of a scale: ``stars_out_of_five``."""
