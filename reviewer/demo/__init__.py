"""The demonstration: a repository made on the spot, five agents with a change each, and the walk without screens."""
