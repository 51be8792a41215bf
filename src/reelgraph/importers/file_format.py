"""What kind of file the bytes are: text in any encoding, or something that has no ratings to read."""

from __future__ import annotations

import codecs
import re

from reelgraph.core.errors import DataFormatError
from reelgraph.importers.column_roles import count_known
from reelgraph.importers.table import read_header

_AS_CSV = "save it as CSV (comma separated values) and give that file"
_EXPORT_IT = "give the export of the service: a zip, CSV or JSON file"
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "an image", _EXPORT_IT),
    (b"\xff\xd8\xff", "an image", _EXPORT_IT),
    (b"GIF8", "an image", _EXPORT_IT),
    (b"%PDF", "a PDF document", _EXPORT_IT),
    (b"SQLite format 3\0", "a SQLite database", "export its ratings as CSV"),
    (b"\x1f\x8b", "a compressed file", "unpack it and give the file inside"),
    (b"BZh", "a compressed file", "unpack it and give the file inside"),
    (b"\xfd7zXZ", "a compressed file", "unpack it and give the file inside"),
    (b"Rar!", "a RAR archive", "unpack it and give the folder"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and give the folder"),
    (b"{\\rtf", "a text document (RTF)", _AS_CSV),
    (b"\xd0\xcf\x11\xe0", "an Excel or Word document of an old format", _AS_CSV),
    (b"PAR1", "a Parquet file", _AS_CSV),
)
_WEB_PAGE = re.compile(
    rb"(?:<!--.*?-->|<\?xml[^>]*>|\s)*<(?:!doctype html|html|head|body|table|div)\b", re.IGNORECASE | re.DOTALL
)
_SAMPLE_BYTES, _MAX_SAMPLE_BYTES = 4096, 65_536
_CODE_PAGES = ("cp1252", "cp1251", "cp1250", "gb18030", "shift_jis", "euc_kr", "big5", "cp1253", "cp1254", "koi8_r")
_HIGH = re.compile(rb"[\x80-\xff]")


def require_text(data: bytes, source: str) -> None:
    """Refuse a file that is no text by the name of what it is.

    Raises:
        DataFormatError: it is an image, a document, a database, an archive or a web page.
    """
    for signature, name, hint in _SIGNATURES:
        if data.startswith(signature):
            raise DataFormatError(source, f"this is {name}, not an export", hint=hint)
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        raise DataFormatError(source, "this is an image, a sound or a video, not an export", hint=_EXPORT_IT)
    if _WEB_PAGE.match(data[:_SAMPLE_BYTES].removeprefix(codecs.BOM_UTF8)):
        raise DataFormatError(source, "this is a web page, not an export", hint=_EXPORT_IT)


def to_utf8(data: bytes) -> bytes:
    """The text as UTF-8, from UTF-16 with or without its mark, or a code page that its header or letters tell.

    Bytes that are none of these stay as they are; `reelgraph.data.readers.text.to_utf8` reads them as latin-1.
    """
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return data.decode("utf-32", errors="replace").encode()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode()
    encoding = _unmarked_utf16(data[:_SAMPLE_BYTES])
    if encoding:
        return data.decode(encoding, errors="replace").encode()
    try:
        data.decode()
    except UnicodeDecodeError:
        encoding = _code_page(data)
        return data.decode(encoding, errors="replace").encode() if encoding else data
    return data


def _unmarked_utf16(sample: bytes) -> str:
    """The encoding of UTF-16 without a byte order mark, by the zero bytes of its separators; "" if it is none."""
    n_even, n_odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < 4 or max(n_even, n_odd) < max(len(sample) // 20, 1):
        return ""
    if n_even == 0:
        return "utf-16-le"
    return "utf-16-be" if n_odd == 0 else ""


def _code_page(data: bytes) -> str:
    """The code page in which most column names are known, or Cyrillic by its letters; "" for latin-1."""
    n_known = count_known(read_header(data, ""))
    best = ""
    header = data[: data.find(b"\n", 0, _SAMPLE_BYTES) + 1 or _SAMPLE_BYTES]
    for page in _CODE_PAGES:
        try:
            n_columns = count_known(read_header(header.decode(page).encode(), ""))
        except UnicodeDecodeError:
            continue
        if n_columns > n_known:
            best, n_known = page, n_columns
    if best:
        return best
    sample = data[:_MAX_SAMPLE_BYTES]
    letters = _HIGH.findall(sample)
    pairs = re.findall(rb"[\xc0-\xff][\xc0-\xff]", sample)
    is_cyrillic = 2 * len(pairs) > 0.7 * len(letters) and sum(byte[0] >= 0xE0 for byte in letters) > 0.6 * len(letters)
    return "cp1251" if is_cyrillic else ""
