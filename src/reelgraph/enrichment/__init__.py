"""Details of movies from files that people hold themselves: IMDb's, TMDB's, Wikidata's, and posters."""

from reelgraph.enrichment.enrich import EnrichmentReport, FieldCount, Sources, enrich
from reelgraph.enrichment.imdb import NewMovies
from reelgraph.enrichment.refusals import RefusedValues

__all__ = ["EnrichmentReport", "FieldCount", "NewMovies", "RefusedValues", "Sources", "enrich"]
