"""Who recognised whose credits in a period, line by line (互认对账)."""
