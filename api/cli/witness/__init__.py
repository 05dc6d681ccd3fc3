"""``skillbank witness``: a member's own witness of a bank's log."""
