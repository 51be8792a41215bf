"""The pictures of the README: ``python -m notebooks.pictures`` trains `gcn` on the sample ratings and writes

- docs/pictures/embedding-map.png
- docs/pictures/training-curves.png

with the settings of the tour's parameters cell. It takes about half a minute on one core.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
GENRES = ("Drama", "Comedy", "Children", "Action", "Sci-Fi", "Romance", "Horror")
_DPI = 200  # twice the 100 dots an inch that the figures are laid out for


def small_png(png: bytes, colours: int = 128) -> bytes:
    """The same picture with a palette: a third of the bytes, no difference to the eye."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    small = io.BytesIO()
    image.quantize(colours, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


def small_png_of(figure: Figure) -> bytes:
    """A figure at twice its layout's resolution."""
    png = io.BytesIO()
    figure.savefig(png, dpi=_DPI, format="png")
    return small_png(png.getvalue())


def write(figure: Figure, name: str) -> Path:
    """Save a figure."""
    path = FOLDER / name
    path.write_bytes(small_png_of(figure))
    return path


def main() -> None:
    """Train as the tour does and write both pictures."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; see notebooks/build.py
    import reelgraph as rg
    from reelgraph import plots
    from reelgraph.core import HasItemVectors

    data, _ = rg.clean(rg.read("sample"))
    parts = rg.split(rg.index(data.ratings), rg.PerUser(valid=0.1, test=0.1), seed=0)
    context = rg.FitContext(seed=0, valid=parts.valid, catalogue=data.catalogue, profiles=data.profiles)
    fit = rg.GCN(dim=64, layers=3, learning_rate=0.001, batch_size=2048, epochs=50).fit(parts.train, context)
    assert isinstance(fit.scorer, HasItemVectors)
    degree = rg.BipartiteGraph.build(parts.train).item_degree
    catalogue = data.catalogue.aligned(parts.train.items.ids)
    figures = {
        "training-curves.png": plots.training_curves(fit.history, fit.best_epoch),
        "embedding-map.png": plots.embedding_map(
            fit.scorer.item_vectors(), catalogue, degree, genres=GENRES, labels=34
        ),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        path = write(figure, name)
        print(f"wrote {path}, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
