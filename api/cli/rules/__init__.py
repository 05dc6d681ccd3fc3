"""``skillbank rules`` and ``policy``: what members agree on."""
