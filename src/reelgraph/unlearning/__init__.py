"""Exact forgetting of people, with a receipt."""
