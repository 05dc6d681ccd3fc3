"""What is this award, and what was it then?"""
