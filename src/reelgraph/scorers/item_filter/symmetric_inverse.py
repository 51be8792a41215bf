"""The inverse of a large symmetric positive definite matrix, in its own memory."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from reelgraph.core import FloatArray


def invert_in_place(matrix: FloatArray) -> FloatArray | None:
    """The lower triangle of the inverse, in the memory of ``matrix``; None if that is not positive definite.

    Args:
        matrix: ``(n, n)`` float64 or float32, C order; its lower triangle is read, and the matrix destroyed.

    Cost: O(n^3), n^3 multiplications.
    """
    # The lower triangle in C order is the upper one in Fortran order, which LAPACK overwrites.
    lapack = linalg.lapack
    is_single = matrix.dtype == np.float32
    factorise, invert = (lapack.spotrf, lapack.spotri) if is_single else (lapack.dpotrf, lapack.dpotri)
    factor, fault = factorise(matrix.T, lower=0, clean=0, overwrite_a=1)
    if fault:
        return None
    inverse_t, fault = invert(factor, lower=0, overwrite_c=1)
    if fault:
        return None
    lower: FloatArray = inverse_t.T
    return lower
