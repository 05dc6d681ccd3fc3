"""A ledger and its vault as a folder of files, and back again.

A backup is no database: nobody can serve it by mistake. It becomes a ledger again by
being restored, and a restored ledger signs nothing until it was compared.
"""
