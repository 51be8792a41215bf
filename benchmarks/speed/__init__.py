"""Timings of parts of the library, side by side with other libraries."""
