"""What a statement discloses: held against its digests, and tagged.

What comes along with a statement is never a part of it: the log keeps digests and
keyed hashes, and no value.
"""

from collections.abc import Callable, Collection, Mapping

from ledger.domain.errors.statements import FieldFault, InvalidStatementError
from ledger.domain.statements.envelope import DisclosingBody, Statement
from ledger.domain.statements.exchanges import ExchangeRequested
from ledger.integrity.disclosures import Disclosure, read_disclosures, read_shown

Tagger = Callable[[Mapping[str, object]], str]
"""Returns the keyed hash of an outside certificate."""


def check_digests(statement: Statement) -> None:
    """Check that each digest stands there once (RFC 9901 §7.1).

    Raises:
        InvalidStatementError: one stands there twice.
    """
    body = statement.body
    digests = body.sd if isinstance(body, DisclosingBody) else ()
    if digests and len(set(digests)) != len(digests):
        raise invalid(pointer="/body/_sd", code="invalid-value")


Accompanying = tuple[tuple[Disclosure, ...], tuple[Disclosure, ...], tuple[str, ...]]
"""What is disclosed, what is shown of others, and the keyed hashes of certificates."""


def read_accompanying(
    statement: Statement, encoded: Collection[str], *, tagger: Tagger
) -> Accompanying:
    """Return what a statement discloses itself, and what it shows of others.

    A request shows values that awards disclosed; the rules say whether they did.

    Raises:
        IntegrityError: they are not disclosures, or no digest stands for one.
        InvalidStatementError: one may not be disclosed there, or a certificate has no
            scheme or number.
    """
    if not encoded:
        return (), (), ()
    if isinstance(statement, ExchangeRequested):
        return (), read_shown(encoded), ()
    body, tags = statement.body, []
    digests, allowed = (
        (body.sd, body.disclosable) if isinstance(body, DisclosingBody) else ((), ())
    )
    disclosures = read_disclosures(encoded, digests)
    for disclosure in disclosures:
        place = f"/body/_sd/{digests.index(disclosure.digest)}"
        if disclosure.name not in allowed:
            raise invalid(pointer=place, code="not-disclosable-here")
        if disclosure.name == "certificate":
            tags.append(tagger(_certificate(disclosure.value, pointer=place)))
    return disclosures, (), tuple(tags)


def _certificate(value: object, *, pointer: str) -> Mapping[str, object]:
    fields = value if isinstance(value, dict) else {}
    scheme, number = fields.get("scheme"), fields.get("number")
    if not (isinstance(scheme, str) and isinstance(number, str) and number.strip()):
        raise invalid(pointer=pointer, code="invalid-certificate")
    return {"scheme": scheme, "number": number}


def invalid(*, pointer: str, code: str) -> InvalidStatementError:
    """Return the error of one wrong field."""
    return InvalidStatementError((FieldFault(pointer=pointer, code=code),))
