"""``skillbank exchange``, ``redeem``, ``enrol`` and ``programme``: credits at work."""
