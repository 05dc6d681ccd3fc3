"""What a learner's lots can become under a rule, and all that is missing for it."""
