"""Every number that a bank shows, worked out from a replayed history alone."""
