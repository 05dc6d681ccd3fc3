"""The story of a number: every movement behind it, with its statement and proof."""
