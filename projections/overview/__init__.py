"""How does the whole consortium stand?"""
