"""``skillbank reconciliation``: month end between members (互认对账)."""
