"""Bytes and proofs: keys, signatures, the Merkle tree, entries, checkpoints, receipts.

Knows no credit, imports nothing of the ledger outside itself, and so can be read and
checked alone.
"""
