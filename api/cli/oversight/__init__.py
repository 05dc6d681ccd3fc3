"""Commands of whoever oversees the consortium: the trail, and its figures."""
