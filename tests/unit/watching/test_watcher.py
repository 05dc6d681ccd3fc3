"""A watch reports what concerns a member, once, and never trusts the log."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.encoding import b64decode
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.merkle import root_of
from ledger.watching.memory import Memory, MemoryFileError
from ledger.watching.reports import Kind, Report
from ledger.watching.watcher import (
    AnotherLogError,
    ForkError,
    ShrinkError,
    Watcher,
)
from tests.bank import LEARNER, ORIGIN, SCHOOL, Bank, achievement
from tests.exchanging import DESKS, OTHER, ExchangeBank, actor
from tests.histories import write_history

EIGHT_DAYS = 8 * 24 * 3600


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Write a history with singles, batches, corrections and a stolen key."""
    folder = tmp_path_factory.mktemp("watched")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as opened:
        write_history(opened)
        yield opened


@pytest.fixture(scope="module")
def raw(bank: Bank) -> list[bytes]:
    """Return all its entries."""
    return list(bank.raw_entries())


def note_over(
    bank: Bank, raw: Sequence[bytes], *, key: SigningKey | None = None
) -> str:
    """Return a signed checkpoint over entries."""
    signed = Checkpoint(origin=ORIGIN, size=len(raw), root=root_of(raw))
    return sign_checkpoint(signed, key or bank.checkpoint)


def watch(bank: Bank, watcher: Watcher) -> list[Report]:
    """Have a watcher read what is new of the bank's log."""
    raw = list(bank.raw_entries())
    note = note_over(bank, raw)
    reports = list(watcher.read(raw[watcher.size :], note=note))
    watcher.remember(note)
    return reports


def brief(reports: Sequence[Report]) -> list[tuple[int, str, str]]:
    """Return place, kind and member of reports."""
    return [(one.position, one.kind.value, one.member) for one in reports]


def test_keys_and_members_are_reported(bank: Bank) -> None:
    """To whom they belong; an honest log has no fault."""
    reports = watch(bank, Watcher(bank.ledger))

    assert brief(reports) == [
        (0, "member", "operator"),
        (1, "member", SCHOOL),
        (33, "key-added", SCHOOL),
        (34, "key-revoked", SCHOOL),
    ]


def test_what_was_reported_is_not_reported_again(bank: Bank, raw: list[bytes]) -> None:
    """A new process reads all again, and tells only what came since."""
    first = Watcher(bank.ledger)
    seen = list(first.read(raw[:20], note=note_over(bank, raw[:20])))
    memory = first.remember(note_over(bank, raw[:20]))

    again = Watcher(bank.ledger, memory=Memory.read(memory.write()))

    assert brief(seen) == [(0, "member", "operator"), (1, "member", SCHOOL)]
    assert [one.position for one in watch(bank, again)] == [33, 34]
    assert watch(bank, again) == []


def test_a_watch_that_was_killed_repeats_its_reports(bank: Bank) -> None:
    """What was not remembered is told anew."""
    assert watch(bank, Watcher(bank.ledger)) == watch(bank, Watcher(bank.ledger))


def test_statements_that_a_members_records_lack_are_reported(
    bank: Bank, raw: list[bytes]
) -> None:
    """A batch's lines are known by their batch, singles by their own id."""
    batch = "00000000-0000-4000-8000-000000000011"
    known = {f"00000000-0000-4000-8000-{number:012x}" for number in range(4, 9)}

    def lacking(ids: set[str]) -> list[int]:
        watcher = Watcher(bank.ledger, records={SCHOOL: frozenset(ids)})
        found = watcher.read(raw, note=note_over(bank, raw))
        return [one.position for one in found if one.kind is Kind.NOT_IN_RECORDS]

    everything, some = lacking(set()), lacking(known)

    assert everything == [2, 3, *range(4, 8), *range(9, 17), *range(18, 34)]
    assert set(everything) - set(some) == {3, 4, 5, 6, 7}
    assert set(everything) - set(lacking({batch})) == set(range(9, 17))


def test_rules_and_refusals_reach_whom_they_concern(tmp_path: Path) -> None:
    """Parties of a rule; who asked for what was sent back or refused.

    Where a proposal cannot be read, the fault tells enough.
    """
    with ExchangeBank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        earned = bank.earn("1")
        body = bank.application(earned, rule=DESKS)
        bank.request(body, shown=[earned.shown])
        returned = {"exchange_id": body["exchange_id"], "step": 0, "missing": "材料"}
        returned["reason_code"] = "document_missing"
        tutor = actor("tutor")
        bank.post(SCHOOL, "exchange.returned.v1", body=returned, actor=tutor)
        course = achievement(code="CERT-1", kind="skill_certificate")
        bank.post(SCHOOL, "achievement.published.v1", body=course)
        claim = {"claim_id": "00000000-0000-4000-8000-0000000000cc"}
        filed = claim | {"learner_id": LEARNER, "attester": SCHOOL}
        filed["achievement"] = f"{SCHOOL}/CERT-1@1"
        bank.post(OTHER, "claim.filed.v1", body=filed, mandate=bank.mandate())
        refused = {**claim, "revision": 0, "reason_code": "expired"}
        bank.post(SCHOOL, "claim.refused.v1", body=refused)

        reports = watch(bank, Watcher(bank.ledger))
        raw = list(bank.raw_entries())
        unread = [b"x" if b"rule.proposed" in _said(one) else one for one in raw]
        note = note_over(bank, unread)
        strange = list(Watcher(bank.ledger).read(unread, note=note))

    assert Kind.RULE not in {one.kind for one in strange}
    kinds = {(one.kind, one.member) for one in reports}
    assert {(Kind.RULE, SCHOOL), (Kind.RULE, OTHER)} <= kinds
    refusals = [one for one in reports if one.kind is Kind.REFUSAL]
    assert [(one.member, one.detail) for one in refusals] == [
        (OTHER, f"exchange.returned.v1 by {SCHOOL}"),
        (OTHER, f"claim.refused.v1 by {SCHOOL}"),
    ]


def test_recovery_keys_and_unusual_days_are_reported(tmp_path: Path) -> None:
    """The key that the operator gave, and everything that is signed with it."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        for day in range(5):
            bank.submit(bank.receive(bank.sign(bank.award(f"d-{day}")))).result()
            bank.clock.step(EIGHT_DAYS / 8)
        ended = {"member_id": SCHOOL, "kid": bank.keys[SCHOOL].kid}
        bank.post("operator", "key.revoked.v1", body=ended | {"reason_code": "lost"})
        bank.recover(SCHOOL)
        bank.clock.step(EIGHT_DAYS)
        many = [bank.award(f"m-{number}") for number in range(35)]
        bank.submit(bank.receive_batch(bank.batch_bytes(SCHOOL, many))).result()

        reports = watch(bank, Watcher(bank.ledger))

    recovered = [one.position for one in reports if one.kind is Kind.RECOVERY_KEY]
    assert recovered == [10, *range(12, 47)]
    unusual = [one for one in reports if one.kind is Kind.VOLUME]
    assert [(one.position, one.member) for one in unusual] == [(32, SCHOOL)]


FAULTS: dict[str, tuple[int, Callable[[bytes], bytes], tuple[int, str]]] = {
    "unreadable": (5, lambda one: b"x" + one, (5, "malformed-entry")),
    "unsigned": (
        5,
        lambda one: one[:-20] + (b"A" if one[-20:-19] != b"A" else b"B") + one[-19:],
        (5, "signature-invalid"),
    ),
    "no-admission": (1, lambda _: b"x", (2, "unknown-key")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_reported_to_everybody(
    bank: Bank, raw: list[bytes], name: str
) -> None:
    """Whatever the operator signed over them."""
    position, change, found = FAULTS[name]
    changed = [*raw[:position], change(raw[position]), *raw[position + 1 :]]

    reports = list(Watcher(bank.ledger).read(changed, note=note_over(bank, changed)))

    faults = [one for one in reports if one.kind is Kind.FAULT]
    assert found in [(one.position, one.detail) for one in faults]
    assert {one.member for one in faults} == {""}


def test_a_checkpoint_must_be_signed_and_cover_what_was_read(
    bank: Bank, raw: list[bytes]
) -> None:
    """The first look has nothing to compare with but the entries."""
    other = SigningKey.generate("operator", KeyUse.CHECKPOINT)
    strange = list(Watcher(bank.ledger).read(raw, note=note_over(bank, raw, key=other)))
    short = list(Watcher(bank.ledger).read(raw, note=note_over(bank, raw[:9])))

    assert (strange[-1].position, strange[-1].detail) == (35, "checkpoint-signature")
    assert (short[-1].position, short[-1].detail) == (9, "root-mismatch")


@pytest.mark.parametrize(
    ("cut", "changed", "error"),
    [(20, 20, ShrinkError), (35, 31, ForkError), (34, 34, ForkError)],
    ids=["shrunk", "rewritten", "not-what-is-shown"],
)
def test_a_log_that_is_not_the_one_seen_before_is_a_fork(
    bank: Bank, raw: list[bytes], cut: int, *, changed: int, error: type[ForkError]
) -> None:
    """Though the operator signed it; both notes are kept."""
    first = Watcher(bank.ledger)
    list(first.read(raw[:34], note=note_over(bank, raw[:34])))
    memory = first.remember(note_over(bank, raw[:34]))
    shown = [*raw[:changed], *[b"another"] * (cut - changed)]
    shown = shown if cut != changed else [*raw[: cut - 1], b"another"]
    read = raw[:34] if cut == 34 else shown

    again = Watcher(bank.ledger, memory=memory)
    note = note_over(bank, shown)
    with pytest.raises(error) as found:
        list(again.read(read, note=note))

    assert (found.value.seen, found.value.shown) == (memory.note, note)


def test_another_ledger_is_not_watched(bank: Bank, raw: list[bytes]) -> None:
    """The name decides, before anything is reported."""
    watcher = Watcher(f"{ORIGIN}#" + "A" * 43)

    with pytest.raises(AnotherLogError):
        list(watcher.read(raw, note=note_over(bank, raw)))
    with pytest.raises(AnotherLogError):
        list(watcher.read([b"x"], note=note_over(bank, raw)))


def _said(raw: bytes) -> bytes:
    """Return the payload of a single."""
    return b64decode(raw.partition(b"\n")[2].split(b".")[1])


def test_a_memory_is_read_as_it_was_written() -> None:
    """Anything else is none."""
    with pytest.raises(MemoryFileError):
        Memory.read(b"{}")
