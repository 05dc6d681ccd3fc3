"""Who are the members, and what is in the catalogue?"""
