"""Metrics as pure functions on arrays, one value per user."""
