"""Finds what goes wrong in agent changes: two-sided, on the difference and not on the state after it. Pure."""
