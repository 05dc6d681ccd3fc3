"""A campaign against the auditor: every harm is done on purpose, and must be found.

``grounds`` writes honest ledgers, ``copies`` are what harm is done to, ``crude``,
``sealed``, ``forged``, ``exports`` and the others do it, ``campaign`` chooses by a seed
and judges the report.
``python -m tests.tampering`` runs many seeds.
"""
