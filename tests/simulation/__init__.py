"""A deterministic simulator of the write path: one seed drives everything.

Clients say things of many kinds, in groups of random size, through the real writer on a
real SQLite store, while any step of any database may fail, or the process be killed
there. ``ground`` is the ledger that every seed starts from, ``steps`` are what can go
wrong, ``machine`` holds the processes, ``following`` projects, ``saying`` draws
statements, ``model`` knows what must come of them, ``oracle`` judges, ``simulation``
is a seed on its way, ``seeds`` runs them.
``python -m tests.simulation`` runs many, ``python -m tests.simulation.strength`` breaks
the writer on purpose and tells after how many seeds that was found.
"""
