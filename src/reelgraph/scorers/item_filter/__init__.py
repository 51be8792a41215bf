"""Fitted item-item filters: one dense matrix, or a low-rank factorisation."""
