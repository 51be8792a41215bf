"""Exact reasons: contributions, counterfactuals, viewers who liked both."""
