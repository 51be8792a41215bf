"""The version of the package, read by the build, the shell and the service."""

__version__ = "0.2.0"
