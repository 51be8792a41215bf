"""The reference model: embeddings, graph convolutions, a linear output; MSE loss."""
