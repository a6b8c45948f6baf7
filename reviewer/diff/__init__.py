"""A diff is data, then rows, then geometry, then paint: the first three stand here, each in a file of its own. Pure."""
