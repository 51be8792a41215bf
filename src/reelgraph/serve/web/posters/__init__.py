"""Movie posters: drawn ones, and those of TMDB."""
