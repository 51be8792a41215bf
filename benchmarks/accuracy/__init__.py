"""Benchmarks of accuracy beyond the protocols."""
