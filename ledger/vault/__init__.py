"""Personal data, outside the log: encrypted per learner, found by keyed hash, erasable.

A database of its own, with a key of its own. The log holds salted digests; what they
stand for is here, and an erased learner's values are nowhere.
"""
