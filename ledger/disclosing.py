"""What a statement discloses: held against its digests, and tagged.

What comes along with a statement is never a part of it: the log keeps digests and
keyed hashes, and no value.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from ledger.domain.errors.statements import FieldFault, InvalidStatementError
from ledger.domain.statements.envelope import DisclosingBody, Statement
from ledger.domain.statements.exchanges import ExchangeRequested
from ledger.integrity.disclosures import Disclosure, read_disclosures, read_shown

Tagger = Callable[[Mapping[str, object]], str]
"""Returns the keyed hash of an outside certificate."""


def check_digests(statement: Statement, value: object) -> None:
    """Check that digests stand under their one name, each once (RFC 9901 §7.1).

    Raises:
        InvalidStatementError: under another name, or twice.
    """
    body = statement.body
    if not (isinstance(body, DisclosingBody) and isinstance(value, dict)):
        return
    if "sd" in value["body"]:
        raise invalid(pointer="/body/sd", code="unknown-field")
    if len(set(body.sd)) != len(body.sd):
        raise invalid(pointer="/body/_sd", code="invalid-value")


def read_accompanying(
    statement: Statement, encoded: Collection[str]
) -> tuple[tuple[Disclosure, ...], tuple[Disclosure, ...]]:
    """Return what a statement discloses itself, and what it shows of others.

    A request shows values that awards disclosed; the rules say whether they did.

    Raises:
        IntegrityError: they are not disclosures, or no digest stands for one.
        InvalidStatementError: one may not be disclosed there.
    """
    if isinstance(statement, ExchangeRequested):
        return (), read_shown(encoded)
    return _disclosed(statement, encoded), ()


def tags_of(disclosures: Iterable[Disclosure], tagger: Tagger) -> tuple[str, ...]:
    """Return the keyed hash of every outside certificate that is disclosed.

    Raises:
        InvalidStatementError: a certificate has no scheme or number.
    """
    tags = []
    for disclosure in disclosures:
        if disclosure.name != "certificate":
            continue
        value = disclosure.value
        fields = value if isinstance(value, dict) else {}
        scheme, number = fields.get("scheme"), fields.get("number")
        if not (isinstance(scheme, str) and isinstance(number, str) and number.strip()):
            raise invalid(pointer="/_sd/certificate", code="invalid-certificate")
        tags.append(tagger({"scheme": scheme, "number": number}))
    return tuple(tags)


def invalid(*, pointer: str, code: str) -> InvalidStatementError:
    """Return the error of one wrong field."""
    return InvalidStatementError((FieldFault(pointer=pointer, code=code),))


def _disclosed(
    statement: Statement, encoded: Collection[str]
) -> tuple[Disclosure, ...]:
    if not encoded:
        return ()
    body = statement.body
    digests = body.sd if isinstance(body, DisclosingBody) else ()
    disclosures = read_disclosures(encoded, digests)
    allowed = body.disclosable if isinstance(body, DisclosingBody) else ()
    for number, disclosure in enumerate(disclosures):
        if disclosure.name not in allowed:
            raise invalid(pointer=f"/_sd/{number}", code="not-disclosable-here")
    return disclosures
