"""Runs untrusted commands contained, and records what they did; where it cannot contain them it does not run them."""
