"""Tell rows about movies that were watched from wishes and from rows that are no viewing.

The state of a row may be in a column, in the kind of entry, or in the name of the file. A rating counts whatever the
state; without one, wishes go to the watchlist, and hidden, dropped, unfinished and unseen movies are counted.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from reelgraph.importers.column_words import simplify, word_set

SEEN, WISH, UNKNOWN = "seen", "wish", ""
NOT_SEEN = "movies not seen"
DROPPED = "movies given up"
UNFINISHED = "movies not watched to the end"
HIDDEN = "hidden movies"
COMMENTED = "comments"
COLLECTED = "films in lists and collections"
RECOMMENDED = "recommendations of a service"
NOT_UNDERSTOOD = "rows with a state that is not understood"
"""States of rows; all but `SEEN` and `WISH` are reasons for which rows are counted and not taken."""

_MAX_LETTERS = 60  # of a text that names a state
_MIN_PROGRESS = 70.0  # percent of a movie: less is not watched to the end

_STATUS_TEXTS: Mapping[str, str] = {
    SEEN: "rated rating ratings rate favorite favorites favourite favourites like liked loved history diary "
    "scrobble checkin check|in play plays rewatch rewatches view views completed watched seen finished "
    "viewed done rewatched rewatching repeating collected watched|again gesehen geschaut angesehen vu "
    "vus visto vista visti viste vistos vistas obejrzane obejrzany obejrzano просмотрено просмотрен "
    "посмотрел смотрел видел 看过 看過 已看 观看过 已观看 観た 見た 視聴済み 視聴済 鑑賞済み 본영화 "
    "봤어요 봤음 시청완료 sett sedd set bekeken gezien izledim izlendi katsottu videno zhlednuto "
    "shlednuto megnezve complete vidu visionado visionada",
    WISH: "not|started to|do plan|to|watch plantowatch planning planned plan want|to|watch to|watch wishlist "
    "watchlist watch|list want|to|see to|see will|watch queued queue wanttowatch towatch interested "
    "watch|later on|my|list merken vorgemerkt will|sehen mochte|ich|sehen will|ich|sehen noch|sehen "
    "geplant wunschliste a|voir envie|de|voir envie por|ver quiero|ver quiero|verla pendiente "
    "pendientes pendiente|de|ver da|vedere voglio|vedere vorrei|vedere para|ver quero|ver "
    "quero|assistir assistir chce|obejrzec chce|zobaczyc do|obejrzenia planowane буду|смотреть "
    "хочу|посмотреть хочу|смотреть в|планах запланировано планирую 想看 要看 見たい 観たい みたい "
    "보고싶어요 보고싶다 보고 싶어요 vil|se vill|se haluan|nahda wil|zien te|bekijken wil|ik|zien "
    "izlenecek izlemek|istiyorum chci|videt megnezendo wish planlagt",
    DROPPED: "dropped abandoned gave|up given|up stopped abgebrochen abandonne abandonnee abandonado "
    "abandonada abbandonato abbandonata porzucone porzucony брошено заброшено брошен бросил 抛弃 弃 "
    "弃剧 中断 中止 하차 afgebroken birakildi avbruten did|not|finish dnf",
    UNFINISHED: "on|hold onhold hold paused pause pausiert en|pause en|pausa in|pausa pausa wstrzymane "
    "отложено отложен 搁置 watching in|progress currently|watching current started unfinished "
    "partially|watched partial incomplete en|cours schaue|gerade schaue wird|geschaut viendo "
    "in|visione in|corso w|trakcie смотрю 在看 视聴中 視聴中 見てる 보는중 보는|중 angefangen "
    "ogladam assistindo continue|watching izleniyor",
    HIDDEN: "hidden ignored ignore not|interested notinterested notinteresting no|interest uninterested "
    "nicht|interessiert kein|interesse pas|interesse no|me|interesa non|mi|interessa не|интересно "
    "不想看 没兴趣 興味なし 관심없어요 blocked skip skipped blacklisted",
    NOT_SEEN: "unwatched not|watched unseen not|seen notwatched never|watched not|yet nicht|gesehen ungesehen "
    "non|vu pas|vu no|vista no|visto non|visto nao|visto nao|assistido не|просмотрено не|смотрел "
    "nieobejrzane 未看 未観 未視聴 안봤어요 niet|gezien ikke|set ikke|sett inte|sedd izlenmedi",
    COLLECTED: "owned in|collection collection collected|only library",
    COMMENTED: "comment comments commented note notes",
    RECOMMENDED: "recommended recommendation suggested",
}
_STATE_OF_TEXT = {
    " ".join(re.findall(r"\w+", simplify(text.replace("|", " ")))): state
    for state, texts in _STATUS_TEXTS.items()
    for text in texts.split()
}
_TRUE = word_set(
    "true yes y x 1 ✓ ✔ ja oui si da tak 是 sim kylla evet ano igen はい 예 on watched seen t vrai wahr да"
)
_FALSE = word_set("false no n 0 ✗ ✘ nein non нет nie 否 nao ei hayir ne nem いいえ 아니요 off - faux falsch nej")
_FILE_WORDS: Sequence[tuple[str, str]] = (
    (
        WISH,
        r"watch ?list|wish|\bto ?watch|want ?to ?(?:watch|see)|plan ?to "
        r"?watch|\bptw\b|\bplanned\b|\bmerkliste|wunschliste"
        r"|\ba voir\b|\bavoir\b|\benvies?\b|\bpor ver\b|pendientes?\b|\bda vedere\b|do obejrzenia|kijklijst"
        r"|chce (?:obejrzec|zobaczyc)|хочу|буду смотреть|想看|見たい|観たい|보고\s?싶|quero (?:ver|assistir)|watch "
        r"?later"
        r"|\bmy ?list\b|\bqueue\b",
    ),
    (NOT_SEEN, r"\bunwatched|\bunseen|not (?:watched|seen)"),
    (HIDDEN, r"\bhidden|\bignored?\b|not ?interested|\bblocked|\bblacklist"),
    (DROPPED, r"\bdropped|\babandoned|did not finish|\bdnf\b"),
    (
        UNFINISHED,
        r"\bpaused?\b|playback|on ?hold|in ?progress|continue ?watching|currently ?watching|\bwatching\b(?! history)"
        r"|progress",
    ),
    (COMMENTED, r"\bcomments?\b"),
    (COLLECTED, r"\bcollection|\bcollected|\bowned\b"),
    (RECOMMENDED, r"\brecommend|suggestions?\b"),
    (
        SEEN,
        r"\bratings?\b|\brated\b|\bwatched\b|\bhistory\b|\bdiary\b|\bseen\b|\bgesehen|\bvues?\b|\bvist[oa]s?\b"
        r"|viewing ?activity|\bcheck ?ins?\b|\bfavou?rites?\b|\bliked?s?\b",
    ),
)


def state_of_file(file_name: str) -> str:
    """The state of the rows of a file or section by its name; `UNKNOWN` if the name does not say it."""
    stem = re.sub(r"\.\w{2,4}$", "", file_name)
    name = " ".join(re.findall(r"[^\W_]+", simplify(stem)))
    return next((state for state, pattern in _FILE_WORDS if re.search(simplify(pattern), name)), UNKNOWN)


def state_of_text(text: str) -> str:
    """The state that a text such as "Plan to Watch" or "gesehen" names; `UNKNOWN` if it is none."""
    if len(text) > _MAX_LETTERS:
        return UNKNOWN
    return _STATE_OF_TEXT.get(" ".join(re.findall(r"\w+", simplify(text))), UNKNOWN)


@functools.lru_cache(maxsize=4096)
def _state_of_words(text: str) -> str:
    """The state that a text of a column of states names, also among other words: "added to watchlist"."""
    return state_of_text(text) or (state_of_file(text) if len(text) <= _MAX_LETTERS else UNKNOWN)


def flag_of(text: str) -> bool | None:
    """Whether a text is a yes or a no; other text, such as a date, is a yes; None if it is empty."""
    text = simplify(text.strip())
    if not text:
        return None
    number = re.fullmatch(r"\d+(?:\.\d+)?", text)
    return float(text) > 0 if number else text not in _FALSE


class StateColumns:
    """The columns of a table that tell what became of a movie.

    Args:
        columns: role -> texts, for ``status``, ``watched``, ``plays``, ``wish``, ``hidden`` and ``progress``.
        file_state: from the name of the file.
    """

    def __init__(self, columns: Mapping[str, Sequence[str]], file_state: str) -> None:
        self._file_state = file_state
        self._columns = {role: texts for role, texts in columns.items() if any(texts)}
        statuses = [text for text in self._columns.get("status", ()) if text]
        n_understood = sum(_state_of_words(text) != UNKNOWN or _is_flag(text) for text in statuses)
        self.ignores_status = bool(statuses) and 2 * n_understood < len(statuses)
        if self.ignores_status:  # the state of something else, such as of a production
            del self._columns["status"]
        self._progress_unit = self._percent_per_unit()

    def state(self, row: int) -> str:
        """The state of a row without a rating."""
        text = self._text("status", row)
        if text:
            state = self._state_of_status(text)
            if state:
                return state
        wished = self._state_of_wish(self._text("wish", row))
        if flag_of(self._text("hidden", row)):
            return HIDDEN
        watched = [flag_of(self._text(role, row)) or False for role in ("watched", "plays") if role in self._columns]
        if wished == WISH and not any(watched):
            return WISH
        if wished not in (UNKNOWN, WISH):
            return wished
        progress = self._progress(row)
        if progress is not None and progress < _MIN_PROGRESS and not any(watched):
            return UNFINISHED if progress > 0 else NOT_SEEN
        if watched:
            return SEEN if any(watched) else NOT_SEEN
        return self._file_state or SEEN

    def _text(self, role: str, row: int) -> str:
        return self._columns[role][row] if role in self._columns else ""

    def _state_of_status(self, text: str) -> str:
        state = _state_of_words(text)
        if state:
            return state
        return (SEEN if flag_of(text) else NOT_SEEN) if _is_flag(text) else NOT_UNDERSTOOD

    def _state_of_wish(self, text: str) -> str:
        """The column may be a flag, a date, or a state such as "completed"."""
        return state_of_text(text) or (WISH if flag_of(text) else UNKNOWN)

    def _percent_per_unit(self) -> float:
        numbers = [number for number in map(_percentage, self._columns.get("progress", ())) if number is not None]
        if not numbers or max(numbers) > 100:
            return 0.0
        if max(numbers) > 1:
            return 1.0
        return 100.0 if any(0 < number < 1 for number in numbers) else 0.0  # 0 and 1 may be counts

    def _progress(self, row: int) -> float | None:
        number = _percentage(self._text("progress", row)) if self._progress_unit else None
        return None if number is None else number * self._progress_unit


def _is_flag(text: str) -> bool:
    return simplify(text.strip()) in _TRUE | _FALSE


def _percentage(text: str) -> float | None:
    match = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*%?", text.strip())
    return float(match.group(1).replace(",", ".")) if match else None
