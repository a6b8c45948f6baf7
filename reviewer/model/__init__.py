"""The values that every room shares: frozen dataclasses, nothing that reads or writes anything."""
