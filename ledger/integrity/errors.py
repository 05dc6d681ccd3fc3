"""What can be wrong with bytes, keys and proofs. ``code`` is the stable part.

No error carries a secret or another party's data: ``details`` hold limits, indices
and names of reasons, never the bytes at fault.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

LineError = tuple[int, str, str]
"""What is wrong with one line of a batch: (index from 0, code, JSON pointer)."""


class IntegrityError(Exception):
    """Bytes, a key or a proof are not what they must be.

    ``pointer`` is the JSON pointer of the part at fault (empty: all of it);
    ``details`` are facts safe to show to whoever sent it.
    """

    code: ClassVar[str] = "integrity"

    def __init__(self, pointer: str = "", **details: str | int) -> None:
        """Keep the place and the facts; the wording is the API's."""
        super().__init__(self.code, pointer)
        self.pointer = pointer
        self.details: Mapping[str, str | int] = MappingProxyType(details)


class MalformedError(IntegrityError):
    """Not JSON with exactly one meaning; a subclass says why."""

    code = "malformed"


class OversizedError(MalformedError):
    """Larger than the limit."""

    code = "too-large"


class NotUtf8Error(MalformedError):
    """Not UTF-8, or an escaped lone surrogate, which UTF-8 cannot hold."""

    code = "not-utf-8"


class NotJsonError(MalformedError):
    """Not one JSON document."""

    code = "not-json"


class NotANumberError(NotJsonError):
    """NaN or Infinity, which only some readers know."""

    code = "nan-not-allowed"


class NotAnObjectError(MalformedError):
    """JSON, but not an object."""

    code = "not-a-json-object"


class DuplicateKeyError(MalformedError):
    """A JSON object names a member twice."""

    code = "duplicate-json-key"


class FloatError(MalformedError):
    """A number is not an integer (``-0`` is not one); amounts are decimal strings."""

    code = "float-not-allowed"


class IntegerRangeError(MalformedError):
    """An integer of 2**53 or beyond, where JSON readers disagree."""

    code = "integer-too-large"


class DeepNestingError(MalformedError):
    """Nested deeper than the limit."""

    code = "nesting-too-deep"


class NonCanonicalError(MalformedError):
    """The same facts have another spelling in RFC 8785."""

    code = "not-canonical-json"


class JwsFormError(IntegrityError):
    """Not a JWS in compact serialization."""

    code = "malformed-jws"


class Base64UrlError(JwsFormError):
    """A part is not base64url, or has padding or stray bits: another spelling."""

    code = "not-canonical-base64url"


class HeaderError(IntegrityError):
    """The protected header is not exactly ``alg``, ``kid`` and ``typ``."""

    code = "unexpected-header"


class TypError(HeaderError):
    """The header's ``typ`` names another kind of document."""

    code = "unexpected-typ"


class AlgorithmError(IntegrityError):
    """The algorithm is not one of ours: ``none``, a symmetric one, another curve."""

    code = "algorithm-not-allowed"


class AlgorithmMismatchError(AlgorithmError):
    """The header's algorithm is not the one that the key is bound to."""

    code = "algorithm-mismatch"


class SignatureError(IntegrityError):
    """The signature is not the key's signature over these bytes."""

    code = "signature-invalid"


class KeyMaterialError(IntegrityError):
    """Not a public key that every verifier would treat alike."""

    code = "weak-or-invalid-key"


class KeyDocumentError(KeyMaterialError):
    """Not a document of one of our private keys. Never says what stands in it."""

    code = "invalid-key-document"


class KeyUseError(IntegrityError):
    """A key was asked to do what another use is for."""

    code = "key-of-another-use"


class KeyIdError(IntegrityError):
    """A key id is not the one of this member and key."""

    code = "key-id-mismatch"


class DeclarationError(IntegrityError):
    """Not the declaration of a key: a member is missing or is no string."""

    code = "malformed-key-declaration"


class PossessionError(IntegrityError):
    """The holder of the key did not declare it for this member, ledger and use."""

    code = "possession-not-proven"


class DisclosureError(IntegrityError):
    """A disclosure does not fit the signed body; a subclass says why."""

    code = "invalid-disclosure"


class MalformedDisclosureError(DisclosureError):
    """A disclosure is not base64url of ``[salt, name, value]``."""

    code = "malformed-disclosure"


class DisclosureWithoutDigestError(DisclosureError):
    """No digest in the signed body stands for the disclosure."""

    code = "disclosure-without-digest"


class DuplicateDisclosureError(DisclosureError):
    """The same name is disclosed twice."""

    code = "duplicate-disclosure"


class BatchFormError(IntegrityError):
    """Not a batch: a header line and lines of disclosures and statement."""

    code = "malformed-batch"


class BatchLinesMaxError(BatchFormError):
    """More lines than a batch may have."""

    code = "too-many-lines"


class BatchHeaderError(BatchFormError):
    """The header's payload is not that of a batch."""

    code = "malformed-batch-header"


class LineFormError(BatchFormError):
    """A line is not exactly ``{"disclosures":[…],"statement":{…}}``."""

    code = "malformed-line"


class BatchLineError(BatchFormError):
    """Lines of a batch have the wrong form; ``errors`` names each."""

    code = "malformed-batch-line"

    def __init__(self, errors: tuple[LineError, ...]) -> None:
        """Keep (line, code, pointer) of every faulty line, in line order."""
        super().__init__(f"/{errors[0][0]}", lines_at_fault=len(errors))
        self.errors = errors


class BatchCountError(IntegrityError):
    """The header counts other lines than there are."""

    code = "batch-count-mismatch"


class BatchRootError(IntegrityError):
    """The header's root is not the root of the lines."""

    code = "batch-root-mismatch"


class RefusalError(IntegrityError):
    """Not a refusal that the bank's service key signed."""

    code = "refusal-invalid"


class ProofError(IntegrityError):
    """A Merkle proof does not lead to the root."""

    code = "proof-invalid"


class CheckpointError(IntegrityError):
    """Not a checkpoint of this origin signed by this key."""

    code = "checkpoint-invalid"


class EntryFormError(IntegrityError):
    """Not an entry: one canonical line of the bank, then the member's bytes."""

    code = "malformed-entry"


class ReceiptError(IntegrityError):
    """A receipt does not prove what it says."""

    code = "receipt-invalid"
