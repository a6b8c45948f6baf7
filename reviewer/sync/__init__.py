"""Pipelines meet the store: changes are pulled into it, decisions and comments pushed out of it."""
