"""The words for what became of a movie, in the languages of the services: seen, wished for, given up, hidden.

A text of a column of states is compared as a whole, the name of a file is searched for patterns. The words of a phrase
are joined by "|".
"""

from __future__ import annotations

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

_STATE_TEXTS: Mapping[str, str] = {
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
STATE_OF_TEXT = {
    " ".join(re.findall(r"\w+", simplify(text.replace("|", " ")))): state
    for state, texts in _STATE_TEXTS.items()
    for text in texts.split()
}
YES = word_set("true yes y x 1 ✓ ✔ ja oui si da tak 是 sim kylla evet ano igen はい 예 on watched seen t vrai wahr да")
NO = word_set("false no n 0 ✗ ✘ nein non нет nie 否 nao ei hayir ne nem いいえ 아니요 off - faux falsch nej")
FILE_PATTERNS: Sequence[tuple[str, str]] = (
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
