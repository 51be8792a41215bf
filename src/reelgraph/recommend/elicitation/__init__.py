"""Which questions to ask a new person."""
