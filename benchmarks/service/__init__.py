"""The service under load, crashes and hostile requests."""
