"""What a member's own system installs: keys, signing, a typed HTTP client.

Keys never leave the machine that this runs on.
"""
