"""TLS is spoken with whom the machine believes, and with nobody where none is meant."""

import ssl

import pytest

from client.certificates import believed


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://bank.example"])
def test_no_certificate_is_taken_unseen(url: str) -> None:
    """Whatever the address is, a certificate is asked for and its name compared."""
    made = believed(url)

    assert made.verify_mode is ssl.CERT_REQUIRED
    assert made.check_hostname


def test_authorities_are_read_for_tls_alone() -> None:
    """Plain HTTP does without, so that a redirect to elsewhere would be refused."""
    assert believed("HTTP://127.0.0.1").cert_store_stats()["x509_ca"] == 0
    assert believed("https://bank.example").cert_store_stats()["x509_ca"] > 0
