"""HTTP and the command line: they translate and decide nothing.

`main.py` puts the parts together; `statuses.py` alone knows status codes.
"""
