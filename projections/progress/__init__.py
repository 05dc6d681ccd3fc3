"""On whose desk is each of a learner's cases, by when, and what happened in it?"""
