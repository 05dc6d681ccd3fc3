"""What became of programmes, agreements, enrolments, exchanges and redemptions?"""
