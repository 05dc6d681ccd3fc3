"""What a learner's lots can become, and what is missing where they cannot yet."""
