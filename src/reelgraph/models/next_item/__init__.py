"""The next item: a regression and a network of one layer on fading histories."""
