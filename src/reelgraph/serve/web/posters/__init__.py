"""Posters: drawn ones, and those of TMDB where a key is given."""
