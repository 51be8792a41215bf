"""Generated ratings in the layout of MovieLens, with planted tastes: what a perfect model could reach is known."""
