"""``skillbank graduation`` and ``appeal``: the end of a programme, and objections."""
