"""Real banks' rules as data: what each allows and refuses, number by number."""
