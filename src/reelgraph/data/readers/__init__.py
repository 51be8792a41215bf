"""One file for each family of layouts; `reelgraph.data.read` chooses among them."""
