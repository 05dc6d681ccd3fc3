"""The event store: log, heads, tiles and the writer's state, in one database."""
