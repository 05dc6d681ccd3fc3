"""What a bank shows, held against what its log gives: row by row, column by column."""
