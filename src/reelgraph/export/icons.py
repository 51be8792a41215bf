"""The icons of pages as PNG and ICO: the reel of the service's ``icon.svg``, which is six circles on a seventh."""

from __future__ import annotations

import struct
import zlib
from functools import cache

import numpy as np

from reelgraph.core import FloatArray

_UNITS = 32  # width and height of the drawing
_REEL, _HOLE, _GROUND = (0xFF, 0xB4, 0x3A), (0x1B, 0x13, 0x00), (0xF6, 0xF2, 0xEA)
_DISC = (16.0, 16.0, 15.0)  # centre and radius
_HOLES = (
    (16.0, 8.0, 3.3),
    (23.6, 13.5, 3.3),
    (20.7, 22.5, 3.3),
    (11.3, 22.5, 3.3),
    (8.4, 13.5, 3.3),
    (16.0, 16.0, 1.8),
)
_FAVICON_SIZE = 48


@cache
def icon_png(size: int, margin: float = 0.0, *, opaque: bool = False) -> bytes:
    """The icon as a PNG.

    Args:
        size: width and height in pixels.
        margin: empty border on each side, as a share of the width. Systems that cut icons into a shape of their own may
            take away a tenth on each side.
        opaque: on the ground of the page; otherwise transparent around the reel.

    Returns:
        The file; the same bytes each time.
    """
    scale = size * (1 - 2 * margin) / _UNITS
    colours = np.empty((size, size, 3))
    colours[:] = _REEL
    holes = np.max([_coverage(size, scale, margin, hole) for hole in _HOLES], axis=0)[..., None]
    colours = colours * (1 - holes) + np.array(_HOLE) * holes
    alpha = _coverage(size, scale, margin, _DISC)[..., None]
    if opaque:
        colours, alpha = colours * alpha + np.array(_GROUND) * (1 - alpha), np.ones_like(alpha)
    pixels = np.concatenate([colours, 255 * alpha], axis=2).round().astype(np.uint8)
    return _png(size, pixels.tobytes())


@cache
def favicon_ico() -> bytes:
    """The icon as an ICO that holds one PNG, for those who ask for ``/favicon.ico`` without reading the page."""
    png = icon_png(_FAVICON_SIZE)
    header, start = struct.pack("<HHH", 0, 1, 1), 6 + 16
    return header + struct.pack("<BBBBHHII", _FAVICON_SIZE, _FAVICON_SIZE, 0, 0, 1, 32, len(png), start) + png


def _coverage(size: int, scale: float, margin: float, circle: tuple[float, float, float]) -> FloatArray:
    """The share of each pixel that lies in a circle, ``(size, size)``; the edge is about one pixel wide."""
    x, y, radius = (scale * length for length in circle)
    centres = np.arange(size) + 0.5 - margin * size
    distance = np.hypot(centres[None, :] - x, centres[:, None] - y)
    share: FloatArray = np.clip(radius - distance + 0.5, 0.0, 1.0)
    return share


def _png(size: int, pixels: bytes) -> bytes:
    """A PNG of RGBA pixels, 8 bits each, without filters."""
    width = 4 * size
    rows = b"".join(b"\0" + pixels[start : start + width] for start in range(0, len(pixels), width))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
