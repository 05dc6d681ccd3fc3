"""Side by side with peers and floors, in one run; nothing here asserts on time.

Absolute figures depend on the machine, so what counts is the ratio.
"""
