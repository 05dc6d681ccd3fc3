"""What can go wrong on a member's side, each with a stable code.

Three kinds matter to whoever handles them: something here must be mended, or the bank
refused (mend what was asked) · the bank could not be asked (try again) · the bank's
answer is not proven (keep it, and ask an auditor). Every text says what to do.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class ClientError(Exception):
    """Anything a member's own system reports: ``facts`` fill the ``text``."""

    code: ClassVar[str] = "client-error"
    text: ClassVar[str] = ""

    def __init__(self, **facts: str | int) -> None:
        """Keep the facts and put the text together."""
        super().__init__(self.text.format_map(facts))
        self.facts: Mapping[str, str | int] = MappingProxyType(facts)


class InputError(ClientError):
    """Something on this side must be mended; nothing was sent because of it."""

    code = "input"


class NoSuchVersionError(InputError):
    """The bank lists no version of this name."""

    code = "no-such-version"
    text = "the bank lists no {name}: names look like member/code@version"


class MandateDiffersError(ClientError):
    """A mandate does not prove what it is held to prove."""

    code = "mandate-differs"
    text = "the mandate is not proven: {found}"


class BankUnavailableError(ClientError):
    """The bank cannot be reached or is too busy, after all attempts."""

    code = "bank-unavailable"
    text = (
        "no answer from {url} in {attempts} attempts: {reason}. "
        "Run the same command again: nothing counts twice"
    )


class BankAnswerError(ClientError):
    """The answer is not one that this bank's protocol knows."""

    code = "unexpected-answer"
    text = (
        "unexpected answer from the bank ({found}): is this the address of a "
        "skill-credit bank, and is this client new enough?"
    )


class BankFailedError(BankAnswerError):
    """The bank itself failed."""

    code = "bank-failed"
    text = "the bank failed ({found}): report this request to its operator: {request}"


class BankFaultError(ClientError):
    """The bank's answer does not prove what it says."""

    code = "bank-fault"
    text = (
        "the bank's answer does not prove what it says ({found}): keep it, and run "
        "`skillbank audit verify` against the bank"
    )


class AnotherLedgerError(BankFaultError):
    """The bank's entry 0 does not found the ledger of the pinned name."""

    code = "another-ledger"
    text = (
        "this bank does not keep the ledger {ledger} ({found}): "
        "check --url and --ledger with the consortium's office"
    )


class WitnessesDifferError(BankFaultError):
    """A receipt and what witnesses cosigned are not proven to be of one history."""

    code = "witnesses-differ"
    text = (
        "the receipt's checkpoint of {size} entries and the one of {cosigned} entries "
        "that witnesses cosigned are not proven to be of one history ({found}): keep "
        "the receipt and this answer, and show both to an auditor and the witnesses"
    )


class NoQuorumError(BankFaultError):
    """Too few witnesses of the reader's own policy stand behind a checkpoint."""

    code = "no-quorum"
    text = (
        "too few witnesses of your policy have cosigned this checkpoint ({found}): ask "
        "for a newer one in a minute, or compare your policy with the bank's"
    )


class LedgerNameError(InputError):
    """Not the name of a ledger."""

    code = "ledger-name"
    text = (
        "{name!r} is not the name of a ledger: it is the bank's origin, #, and "
        "43 letters, as the consortium's office gave it to you"
    )


class KeyFileError(InputError):
    """A key file is missing, unreadable, ambiguous or in the way."""

    code = "key-file"


class NoKeyError(KeyFileError):
    """There is no key that fits."""

    code = "no-key"
    text = (
        "no key to sign with in {folder}: make one with `skillbank keys new MEMBER`, "
        "or say where it is with --keys"
    )


class SeveralKeysError(KeyFileError):
    """More than one key fits."""

    code = "several-keys"
    text = "several keys fit in {folder} ({names}): choose with --member or --key"


class KeyExistsError(KeyFileError):
    """A file of that name exists."""

    code = "key-file-exists"
    text = "{path} exists and is not overwritten: choose another --name"


class UnreadableKeyError(KeyFileError):
    """A key file cannot be read."""

    code = "unreadable-key"
    text = "{path} cannot be read as a private key document ({reason})"


class LostSecretError(KeyFileError):
    """The file with the secret for references is damaged."""

    code = "lost-secret"
    text = (
        "{path} is not a reference secret: restore it from a backup; with a new one, "
        "results posted before could be posted again"
    )


class LearnerBookError(InputError):
    """The list of learners cannot be used."""

    code = "learner-list"


class LearnerBookInUseError(LearnerBookError):
    """Another process holds the list."""

    code = "learner-list-in-use"
    text = "{path} is in use: wait until the member's other import has ended"


class LearnerBookDamagedError(LearnerBookError):
    """A line of the list is not readable."""

    code = "learner-list-damaged"
    text = "{path}, line {line} is not readable: restore the file from a backup"


class UnknownStudentError(LearnerBookError):
    """The list has no account for a student number; the text does not repeat it."""

    code = "unknown-student"
    text = (
        "no account is known here for this student number: check it, post a result "
        "for it first, or name the account itself (learner_…)"
    )


class NoLearnerBookError(LearnerBookError):
    """There is no key, so it is not known whose list is meant."""

    code = "no-learner-list"
    text = (
        "student numbers are known only where the school's keys are, and {folder} "
        "holds none: name the account itself (learner_…), or the folder with --keys"
    )


class StatementFileError(InputError):
    """A file does not hold what can be signed, posted or verified."""

    code = "statement-file"
    text = "this is not {wanted} ({found})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault that the bank names. ``line`` counts the lines of a batch from 0."""

    code: str
    pointer: str = ""
    detail: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A refusal that the bank signed: a JWS by its service key."""

    refusal: str
    decided_at_position: int


class BankRefusedError(ClientError):
    """The bank's rules refuse; nothing was recorded.

    ``bank_code`` is the bank's stable code. ``evidence`` is the signed refusal,
    verified against the bank's service key, if the bank gave one.
    """

    code = "refused"
    text = "the bank refuses ({bank_code}): {detail}"

    def __init__(
        self,
        bank_code: str,
        detail: str,
        *,
        faults: tuple[Fault, ...] = (),
        evidence: Evidence | None = None,
    ) -> None:
        """Keep the bank's code, its words, its faults and its signature."""
        super().__init__(bank_code=bank_code, detail=detail)
        self.bank_code = bank_code
        self.faults = faults
        self.evidence = evidence

    @property
    def lines(self) -> dict[int, Fault]:
        """The first fault of every faulty line of a batch."""
        found: dict[int, Fault] = {}
        for fault in self.faults:
            if fault.line is not None:
                found.setdefault(fault.line, fault)
        return found
