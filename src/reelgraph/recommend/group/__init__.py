"""Lists for several people, and how similar their tastes are."""
