"""Names of months in several languages."""

from __future__ import annotations

import unicodedata

_MONTHS = (
    "jan january januar janvier enero ene gennaio gen janeiro januari styczen stycznia sty января янв",
    "feb february februar fevrier fev febrero febbraio fevereiro februari luty lutego lut февраля фев",
    "mar march marz mars marzo março maart marzec marca mrz марта мар",
    "apr april avril avr abril abr aprile kwiecien kwietnia kwi апреля апр",
    "may mai mayo maggio mag maio mei maj maja мая май",
    "jun june juni juin junio giugno giu junho czerwiec czerwca cze июня июн",
    "jul july juli juillet juil julio luglio lug julho lipiec lipca lip июля июл",
    "aug august aout agosto ago augustus sierpien sierpnia sie августа авг",
    "sep sept september septembre septiembre settembre set setembro wrzesien wrzesnia wrz сентября сен",
    "oct october oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz октября окт",
    "nov november novembre noviembre novembro listopad listopada lis ноября ноя",
    "dec december dezember dez decembre diciembre dic dicembre dezembro grudzien grudnia gru декабря дек",
)  # the usual languages, full and short


def _plain(word: str) -> str:
    """A word in lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


_MONTH_OF = {_plain(name): number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


def month_number(name: str) -> int | None:
    """1 for January, written out or short, in any of the usual languages; None for other words."""
    return _MONTH_OF.get(_plain(name))
