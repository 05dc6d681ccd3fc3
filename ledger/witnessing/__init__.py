"""Witnesses on both sides: what one remembers, and how a bank gathers cosignatures.

Neither side knows HTTP: the witness is given requests, the gatherer asks by a port.
"""
