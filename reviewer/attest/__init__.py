"""Statements and signatures: what a decision claims about a digest, signed so that others can check it without us."""
