"""How well lists of titles are matched to a catalogue."""
