"""Lists: statements that differ only in what is their own, and are read by that."""
