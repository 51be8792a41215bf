"""LightGCN and its variants, trained for ranking."""
