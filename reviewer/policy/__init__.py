"""Policy: findings, runs and votes in; which verdicts are allowed, and why not, out. Pure."""
