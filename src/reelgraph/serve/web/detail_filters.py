"""The filters of the first page by what `reelgraph data enrich` adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reelgraph.serve.state.loaded_bundle import LoadedBundle

_MAX_CODES = 60  # languages or countries that can be chosen


@dataclass(frozen=True)
class DetailFilters:
    """Which filters by details the catalogue allows.

    Args:
        names: of filters by a name that is typed.
        codes: name of a filter -> codes that can be chosen, the most frequent first.
        has_minutes: some length is known.
        has_series: some series is known.
    """

    names: Sequence[str]
    codes: Mapping[str, Sequence[str]]
    has_minutes: bool
    has_series: bool

    def __bool__(self) -> bool:
        return bool(self.names or self.codes or self.has_minutes or self.has_series)


def detail_filters(loaded: LoadedBundle) -> DetailFilters:
    """The filters by details that the catalogue of a bundle allows."""
    catalogue = loaded.bundle.catalogue
    names = [name for name, values in (("director", catalogue.directors), ("cast", catalogue.cast)) if any(values)]
    codes = {
        name: [code for code, _ in Counter(code for movie in values for code in movie).most_common(_MAX_CODES)]
        for name, values in (("film_language", catalogue.languages), ("country", catalogue.countries))
        if any(values)
    }
    return DetailFilters(names, codes, bool(catalogue.runtime.any()), any(catalogue.series))
