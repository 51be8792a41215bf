"""Tell a table of item ids, which needs no matching, from an export or a table of titles."""

from __future__ import annotations

from pathlib import Path

from reelgraph.core import IdIndex
from reelgraph.core.errors import DataFormatError
from reelgraph.core.forked_process import runs_after_fork
from reelgraph.importers.archive import ExportArchive
from reelgraph.importers.column_kinds import kind_of_column
from reelgraph.importers.file_format import require_text, to_utf8
from reelgraph.importers.table import read_header, read_table, unique_keys

_TITLES_AND_IDS = frozenset(("title", "original_title", "imdb_id", "tmdb_id"))
_STANDARD_KEY = "itemid"


@runs_after_fork
def has_item_ids(path: str | Path, items: IdIndex) -> bool:
    """Whether a person's file is a table with the ids of ``items``, such as `ratings_csv` writes.

    False for exports, lists, and tables with titles or with ids of other sites, which `import_export` reads.

    Args:
        path: the file.
        items: the known ids.
    """
    path = Path(path)
    if path.suffix.lower() in (".parquet", ".pq"):
        return True
    if not path.is_file():
        return False
    try:
        archive = ExportArchive(path)
        if len(archive.members) != 1:
            return False
        data = archive.read(archive.members[0])
        require_text(data, str(path))
        data = to_utf8(data)
        header = read_header(data, str(path))
        key = _id_key(header)
        if not key:
            return False
        ids = [text.removesuffix(".0") for text in read_table(data, str(path)).columns[key] if text]
    except DataFormatError:
        return False  # the importers say what is wrong with it
    n_known = sum(text in items for text in ids)
    has_titles = not _TITLES_AND_IDS.isdisjoint(kind_of_column(name).role for name in header)
    return 2 * n_known > len(ids) or (not has_titles and not any(" " in text for text in ids))


def _id_key(header: tuple[str, ...]) -> str:
    """The key of the column of item ids, "" if there is none, no rating, or titles tell better what is meant."""
    keys = unique_keys(header)
    roles = [kind_of_column(name).role for name in header]
    if "rating" not in roles:
        return ""
    if _STANDARD_KEY in keys:
        return _STANDARD_KEY
    if not _TITLES_AND_IDS.isdisjoint(roles):
        return ""
    return next((key for key, role in zip(keys, roles, strict=True) if role == "item_id"), "")
