"""The read side: tables that answer questions, rebuilt from position 0 at any time.

A projection is never the truth: when it differs from the log, it is dropped.
"""
