"""Closed-form filters on the item graph: the parts of `GraphFilter`."""
