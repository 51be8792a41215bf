"""Lists for several people, and how alike their tastes are."""
