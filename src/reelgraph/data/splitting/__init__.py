"""Train, validation and test parts, and the checks that nothing leaks between them."""
