"""Reads repositories that may be hostile: looks through a git-dir of ours, decides on a quarantine. Only here git."""
