"""Scores of the movie that a person rates next: sums over fading histories."""
