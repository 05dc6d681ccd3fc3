"""``skillbank audit replay``: every number from the log alone, compared and told."""
