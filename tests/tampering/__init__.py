"""A campaign against the auditor: every harm is done on purpose, and must be found.

``grounds`` writes honest ledgers, ``copies`` are what harm is done to, ``crude``,
``sealed``, ``forged``, ``exports`` and the others do it, ``campaign`` chooses by a seed
and judges the report. ``papers`` and ``folders`` do it to what has left the bank.
``python -m tests.tampering`` runs many seeds.
"""
