"""An outside certificate is deposited once in the whole ledger."""

from collections.abc import Iterable

from ledger.domain.errors.awards import CertificateDepositedError
from ledger.domain.state import CertificateRecord, LotRecord, Slice


def check_not_deposited(tags: Iterable[str], state: Slice) -> None:
    """Check that no certificate with these keyed hashes lies in an award already.

    The refusal does not tell in whose.

    Raises:
        CertificateDepositedError: one does, and it was not wholly revoked.
    """
    for tag in tags:
        deposited = state.find(CertificateRecord, tag)
        if deposited is None:
            continue
        lot = state.find(LotRecord, deposited.award_id)
        if lot is None or not lot.revoked:
            raise CertificateDepositedError(pointer="/body/_sd")
