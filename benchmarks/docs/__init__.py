"""Commands that renew the examples and pictures of the documentation."""
