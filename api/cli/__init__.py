"""The `skillbank` command: one module for each group of subcommands."""
