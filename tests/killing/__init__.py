"""A campaign of kills: real processes die while they write, or their database does.

``children`` are forked writers with real threads and clients, ``campaign`` kills them
at random and holds what they acknowledged against the ledger.
``python -m tests.killing`` runs it as often as asked.
"""
