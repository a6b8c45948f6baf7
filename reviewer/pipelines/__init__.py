"""Doors to pipelines, one file each; only here httpx."""
