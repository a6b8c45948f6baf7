"""The ground that these tests stand on."""

from ground import bare, ground, make

__all__ = ["bare", "ground", "make"]
