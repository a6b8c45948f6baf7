"""Makes the evidence of a revision, observed and never told: snapshot of exactly that commit, contained run, scan."""
