"""Infrastructure without domain knowledge: atomic files, compiled loops, BLAS threads."""
