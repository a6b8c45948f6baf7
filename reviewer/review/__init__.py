"""The desk: what a reviewer does before a decision leaves."""
