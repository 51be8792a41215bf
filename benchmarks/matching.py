"""``python -m benchmarks.matching``: see `benchmarks.importing.matching`."""

from benchmarks.importing.matching import run

if __name__ == "__main__":
    run()
