"""The embedded pipeline: a change's life from submission to landing."""
