"""A member's spreadsheet becomes signed statements: all rows right, or nothing sent."""
