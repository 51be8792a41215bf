"""How fast and how truly `reelgraph data enrich` works, on generated files of IMDb's shape and size."""
