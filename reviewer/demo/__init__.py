"""The repository of `reviewer demo`: made on the spot, with an agent's branch in it; nothing canned."""
