"""Infrastructure without domain knowledge: atomic files, just-in-time compilation, BLAS threads."""
