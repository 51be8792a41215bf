"""Codes of languages (ISO 639-1) and countries (ISO 3166-1) by their English names."""

from __future__ import annotations

_LANGUAGES = """
af Afrikaans|ar Arabic|az Azerbaijani|be Belarusian|bg Bulgarian|bn Bengali|bo Tibetan|bs Bosnian|ca Catalan
cn Cantonese|cs Czech|cy Welsh|da Danish|de German|el Greek|en English|eo Esperanto|es Spanish|et Estonian
eu Basque|fa Persian|fi Finnish|fr French
ga Irish|gl Galician|gu Gujarati|he Hebrew|hi Hindi|hr Croatian|hu Hungarian|hy Armenian
id Indonesian|is Icelandic|it Italian|iu Inuktitut|ja Japanese|ka Georgian|kk Kazakh|km Khmer|kn Kannada|ko Korean
ku Kurdish|ky Kyrgyz|la Latin|lb Luxembourgish|lo Lao|lt Lithuanian|lv Latvian|mi Maori|mk Macedonian|ml Malayalam
mn Mongolian|mr Marathi|ms Malay|mt Maltese|nb Norwegian Bokmål|ne Nepali|nl Dutch|no Norwegian|pa Punjabi|pl Polish
ps Pashto|pt Portuguese|qu Quechua|ro Romanian|ru Russian|se Northern Sami|sk Slovak|sl Slovene|sq Albanian|sr Serbian
sv Swedish|sw Swahili|ta Tamil|te Telugu|tg Tajik|th Thai|tl Tagalog|tr Turkish|uk Ukrainian|ur Urdu|uz Uzbek
vi Vietnamese|wo Wolof|xh Xhosa|xx No Language|yi Yiddish|zh Chinese|zu Zulu
cn Yue Chinese|el Modern Greek|fa Farsi|ky Kirghiz|ro Moldavian|sl Slovenian|tl Filipino|zh Mandarin
zh Mandarin Chinese|zh Standard Chinese|es Castilian|es Castilian; Spanish|de Deutsch|fr Français|es Español
it Italiano|pt Português|ja 日本語|ko 한국어/조선말|ru Pусский|zh 普通话|hi हिन्दी
"""
_COUNTRIES = """
AE United Arab Emirates|AF Afghanistan|AL Albania|AM Armenia|AO Angola|AR Argentina|AT Austria|AU Australia
AZ Azerbaijan|BA Bosnia and Herzegovina|BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BO Bolivia|BR Brazil
BT Bhutan|BW Botswana|BY Belarus|CA Canada|CD Democratic Republic of the Congo|CH Switzerland|CI Ivory Coast|CL Chile
CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CY Cyprus|CZ Czech Republic|DE Germany|DK Denmark
DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt|ES Spain|ET Ethiopia|FI Finland|FR France
GB United Kingdom|GE Georgia|GH Ghana|GR Greece|GT Guatemala|HK Hong Kong|HR Croatia|HU Hungary|ID Indonesia|IE Ireland
IL Israel|IN India|IQ Iraq|IR Iran|IS Iceland|IT Italy|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia
KR South Korea|KZ Kazakhstan|LA Laos|LB Lebanon|LK Sri Lanka|LT Lithuania|LU Luxembourg|LV Latvia|MA Morocco|MC Monaco
MD Moldova|ME Montenegro|MK North Macedonia|ML Mali|MM Myanmar|MN Mongolia|MO Macao|MT Malta|MX Mexico|MY Malaysia
NA Namibia|NG Nigeria|NL Netherlands|NO Norway|NP Nepal|NZ New Zealand|PA Panama|PE Peru|PH Philippines|PK Pakistan
PL Poland|PR Puerto Rico|PS Palestine|PT Portugal|PY Paraguay|QA Qatar|RO Romania|RS Serbia|RU Russia|SA Saudi Arabia
SE Sweden|SG Singapore|SI Slovenia|SK Slovakia|SN Senegal|SU Soviet Union|SY Syria|TH Thailand|TN Tunisia|TR Turkey
TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|US United States|UY Uruguay|UZ Uzbekistan|VE Venezuela|VN Vietnam
XC Czechoslovakia|XG East Germany|YU Yugoslavia|ZA South Africa|ZM Zambia|ZW Zimbabwe
US United States of America|US USA|US America|GB UK|GB Great Britain|GB England|CN People's Republic of China
RU Russian Federation|NL Kingdom of the Netherlands|CZ Czechia|DE West Germany|MK Macedonia|PS Palestinian Territory
SU USSR|HK British Hong Kong|TR Türkiye|CI Cote D'Ivoire|KR Republic of Korea|VN Viet Nam
"""


def _table(text: str) -> list[tuple[str, str]]:
    pairs = [entry.split(" ", 1) for line in text.strip().splitlines() for entry in line.split("|")]
    return [(code, name) for code, name in pairs]


LANGUAGE_NAMES: dict[str, str] = dict(reversed(_table(_LANGUAGES)))
"""Code -> English name; "cn" (Cantonese) and "xx" (no language) are those of TMDB."""

COUNTRY_NAMES: dict[str, str] = dict(reversed(_table(_COUNTRIES)))
"""Code -> English name; "SU", "YU", "XC" and "XG" are countries that are no more, as TMDB writes them."""

_LANGUAGE_CODES = {name.casefold(): code for code, name in _table(_LANGUAGES)}
_COUNTRY_CODES = {name.casefold(): code for code, name in _table(_COUNTRIES)}


def language_code(code_or_name: str) -> str:
    """The code of a language that is given by its code or English name; another text as it is, in lower case."""
    text = code_or_name.strip().casefold()
    name = text.removesuffix(" language")
    return _LANGUAGE_CODES.get(name, text.split("-")[0] if len(text) == 5 and text[2:3] == "-" else name)


def country_code(code_or_name: str) -> str:
    """The code of a country that is given by its code or English name; another text as it is, a code in capitals."""
    text = code_or_name.strip()
    return _COUNTRY_CODES.get(text.casefold(), text.upper() if len(text) == 2 else text)
