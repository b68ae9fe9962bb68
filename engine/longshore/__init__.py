"""Longshore's release engine: moves one host from one release to the next without dropping a request."""

__version__ = "0.1.0"
