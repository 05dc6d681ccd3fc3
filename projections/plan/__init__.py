"""What a learner should apply for to cover most of an enrolment's requirements."""
