"""What large data cost: generated ratings of the shape of MovieLens-32M, and the forms of models made for them."""
