"""The next item in closed form: a regression on fading histories."""
