"""What a desk keeps on disk: SQLite, and only here on the desk's side."""
