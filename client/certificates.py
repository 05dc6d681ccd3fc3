"""Whose certificates a client believes; TLS is the only thing that asks for them."""

import ssl

import httpx2


def believed(url: str) -> ssl.SSLContext:
    """Return what speaks TLS with this address: over plain HTTP it believes nobody.

    Reading the list of authorities takes longer than most questions to a bank do, and
    a bank on one's own machine is asked without TLS.
    """
    if httpx2.URL(url).scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx2.create_ssl_context()
