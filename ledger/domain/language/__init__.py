"""The rule language: data that says what counts for what, and how it is worked out.

``selectors``, ``caps`` and ``shapes`` are what members sign; the other modules are
exact integer arithmetic over it. Nothing here knows a statement's envelope, an entry or
a store.
"""
