"""``skillbank transcript``, ``progress`` and ``exchange forms``."""
