"""Titles of movies: how they are written, and one index that finds them."""
