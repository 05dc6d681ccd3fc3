"""What happened to this learner's account, and who did it?"""
