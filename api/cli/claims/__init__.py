"""``skillbank claim``: certificates that learners hand in (成果申报)."""
