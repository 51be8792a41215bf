"""Reranking by diversity, calibration, popularity and uncertainty."""
