"""One film for an evening, by length and mood, for one person or several."""
