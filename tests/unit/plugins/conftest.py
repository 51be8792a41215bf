from tests.outside_package import ease, install

__all__ = ["ease", "install"]
