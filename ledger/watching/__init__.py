"""Watching: follows a log, verifies as it goes, tells members what concerns them."""
