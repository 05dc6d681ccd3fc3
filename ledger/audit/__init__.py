"""The auditor's side: verify and replay a log with public keys only.

Reports every finding; it never stops at the first and never repairs.
"""
