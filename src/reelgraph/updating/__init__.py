"""Ratings, people and movies that came after the fit, added to a bundle without a new fit."""
