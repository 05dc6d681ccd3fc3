"""The write side and the truth: accepted statements, and how to prove them.

Everything outside this package is derived from its log and can be thrown away.
"""
