"""What a learner could do next, tried on the very rules that will judge it.

Pure: a plan is found elsewhere; here it is made of steps, and each step is taken.
"""
