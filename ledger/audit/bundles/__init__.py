"""Bundles: one file with entries of a ledger and everything that proves them."""
