"""What do a transcript, an application form and a public notice say?"""
