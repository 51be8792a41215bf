"""Words to filters: what a person types, such as "90s thrillers like Heat, not too long"."""
