"""How far an audit has come, kept in a file so that it can be interrupted."""
