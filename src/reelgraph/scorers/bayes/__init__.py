"""The fitted Bayesian graph network: posterior draws, fold-in and predictions."""
