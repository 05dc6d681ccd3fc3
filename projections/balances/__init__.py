"""What does a learner have, and what did they have then?"""
