"""What the API holds by itself, without a bank."""
