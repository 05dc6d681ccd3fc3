"""``skillbank demo``: a whole consortium on an embedded bank, in one go."""
