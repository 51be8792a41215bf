from tests.plugin_package import ease, install

__all__ = ["ease", "install"]
