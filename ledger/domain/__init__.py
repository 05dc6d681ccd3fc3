"""The rules of the bank, pure: no clock, no database, no HTTP, no cryptography."""
