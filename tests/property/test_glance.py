"""A balance at one glance says what a balance that reads everything says."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.database import open_connection
from ledger.domain.state import (
    AccountRecord,
    EnrolmentRecord,
    KeyringRecord,
    LotRecord,
    Record,
)
from ledger.store.application import LedgerStore
from ledger.store.asking import StoreUnavailableError
from ledger.store.state_tables import state_tables
from projections.balances.glance import Glance, Row, glance, seen_in
from projections.balances.lookout import lookout
from projections.balances.queries import balance
from projections.holders import UnknownLearnerError
from tests.databases import Server, open_store
from tests.lookouts import ask

EXAMPLES = 80
TODAY = "2026-09-01"
MEMBERS = ("north", "south", "service")
DAYS = ("2026-08-31", TODAY, "2026-09-02")
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}
NOBODY = "learner_" + "f" * 32
NUMBERS = itertools.count()
CAUSE = {"source": "award_x", "cause": "source_revoked"}
FLAG = {**CAUSE, "position": 3, "decide_by": TODAY}
ALONE: dict[str, dict[str, object]] = {
    "flagged": {"flags": [FLAG]},
    "converted": {"exchange_id": "exchange-1", "enrolment_id": "enrolment-1"},
    "of another root": {"roots": [{"award_id": "award_x", "amount_milli": 2_000}]},
    "ended": {"expires_on": DAYS[0]},
    "revoked": {"revoked": True, "available_milli": 0, "revoked_milli": 2_000},
    "of another member": {"issuer": "south"},
    "signed by another": {"kid": f"south#{'k' * 43}"},
}
"""In what a lot may differ from others that are alike."""

ODD = {
    "exchange_id": st.sampled_from(["exchange-1", "exchange-2"]),
    "enrolment_id": st.just("enrolment-1"),
    "roots": st.just([{"award_id": "award_x", "amount_milli": 1}]),
    "flags": st.just([FLAG]),
}

amounts = st.integers(0, 9_000)
days = st.none() | st.sampled_from(DAYS)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LedgerStore]:
    """Open a store whose writer's tables a test fills by itself."""
    with ExitStack() as opening:
        if request.param == "sqlite":
            file = tmp_path_factory.mktemp("glance") / "ledger.db"
            url = f"sqlite:///{file}"
        else:
            server: Server = request.getfixturevalue("postgres_server")
            url = opening.enter_context(server.lent("glance"))
        opened = open_store(url)
        opening.callback(opened.close)
        yield opened


def keyring(member: str, *, contested: bool) -> KeyringRecord:
    """Return the keys of a member, of which one may be in doubt."""
    key = {
        "kid": f"{member}#{'k' * 43}",
        "use": "member",
        "alg": "EdDSA",
        "jwk": JWK,
        "valid_from": f"{TODAY}T00:00:00.000Z",
        "valid_until": None,
        "added_position": 1,
        "added_by": "operator",
        "recovery": False,
        "contested_since": 5 if contested else None,
    }
    return KeyringRecord.model_validate_json(
        orjson.dumps({"member_id": member, "keys": [key]})
    )


@st.composite
def ways(draw: st.DrawFn) -> dict[str, object]:
    """Return in what a lot differs from others beside its amounts."""
    return {
        "issuer": draw(st.sampled_from(MEMBERS)),
        "kid": f"{draw(st.sampled_from(MEMBERS))}#{'k' * 43}",
        "revoked": draw(st.booleans()),
        "expires_on": draw(days),
    }


def lot(learner_id: str, **different: object) -> LotRecord:
    """Return a lot as most are, but for what is said."""
    number = next(NUMBERS)
    fields: dict[str, object] = {
        "award_id": f"award_{number}",
        "learner_id": learner_id,
        "achievement": None,
        "basis": "issued",
        "passed": True,
        "revision": 0,
        "workload": None,
        "level": None,
        **dict.fromkeys(["learned_from", "learned_to", "assessed_on", "valid_until"]),
        "position": number,
        "recorded_at": f"{TODAY}T00:00:00.000Z",
        "recorded_on": TODAY,
        "kid": f"north#{'k' * 43}",
        "body_hash": "A" * 43,
        "path": ("north",),
        "issuer": "north",
        "awarded_milli": 2_000,
        "available_milli": 2_000,
        **different,
    }
    whole = {"award_id": fields["award_id"], "amount_milli": fields["awarded_milli"]}
    return LotRecord.model_validate_json(orjson.dumps({"roots": [whole], **fields}))


@st.composite
def lots(draw: st.DrawFn, learner_id: str, way: dict[str, object]) -> LotRecord:
    """Return a lot: given or converted, whole or not, ended or not, doubted or not."""
    parts = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
    split = {f"{part}_milli": draw(amounts) for part in parts}
    # Every second one is as most are.
    odd = draw(st.fixed_dictionaries({}, optional=ODD)) if draw(st.booleans()) else {}
    return lot(learner_id, **split, awarded_milli=sum(split.values()), **way, **odd)


def enrolled(learner_id: str, begun: str, *, ended: str | None) -> EnrolmentRecord:
    """Return an enrolment with these dates."""
    fields = {
        "enrolment_id": f"enrolment-{learner_id}",
        "learner_id": learner_id,
        "school": "south",
        "programme": "south/P@1",
        "cohort": "2026",
        "mode": "full_time",
        "started_on": begun,
        "ended_on": ended,
        "position": 3,
    }
    return EnrolmentRecord.model_validate_json(orjson.dumps(fields))


def account_of(learner_id: str, **more: object) -> AccountRecord:
    """Return an account."""
    fields = {
        "learner_id": learner_id,
        "home": "north",
        "mode": "collective",
        **dict.fromkeys(["claimed", "closed"], False),
        "merged_into": None,
        "opened_position": 2,
    }
    return AccountRecord.model_validate_json(orjson.dumps(fields | more))


@st.composite
def accounts(draw: st.DrawFn) -> tuple[str, list[Record], bool]:
    """Return a learner, what the state holds of it, and whether that is plain."""
    learner_id = f"learner_{next(NUMBERS):032x}"
    absorbed = draw(st.sampled_from([*[()] * 7, ("learner_y",)]))
    account = account_of(
        learner_id,
        mode=draw(st.sampled_from(["collective", "provisional"])),
        claimed=draw(st.booleans()),
        closed=draw(st.booleans()),
        merged_into=draw(st.sampled_from([*[None] * 7, "learner_z"])),
        absorbed=absorbed,
    )
    begun, ended = draw(st.sampled_from(DAYS)), draw(days)
    enrolment = enrolled(learner_id, begun, ended=ended)
    studies = draw(st.booleans())
    # Most are like others: of these only sums are told.
    usual = st.just(draw(ways()))
    own = draw(
        st.lists((usual | ways()).flatmap(partial(lots, learner_id)), max_size=8)
    )
    doubted = draw(st.sampled_from([*[None] * 9, *MEMBERS]))
    rings = [keyring(one, contested=one == doubted) for one in MEMBERS]
    is_open = studies and begun <= TODAY and (ended is None or ended > TODAY)
    signers = {lot.kid.partition("#")[0] for lot in own}
    plain = not (
        absorbed or account.merged_into is not None or is_open or doubted in signers
    )
    records = [account, *own, *rings, *([enrolment] if studies else [])]
    return learner_id, records, plain


@pytest.fixture(scope="module")
def asking(store: LedgerStore) -> Iterator[Callable[..., list[Row | None]]]:
    """Ask the same of several at once, from within an event loop."""
    watching = lookout(store.engine)

    async def ask_all(*learner_ids: str) -> list[Row | None]:
        return await asyncio.gather(*(ask(watching, one) for one in learner_ids))

    with asyncio.Runner() as runner:
        yield lambda *learner_ids: runner.run(ask_all(*learner_ids))
        watching.close()


def seen_by(store: LedgerStore, learner_id: str) -> Glance | None:
    """Look once."""
    with open_connection(store.engine) as connection:
        return glance(connection, learner_id, today=TODAY)


@given(account=accounts(), other=accounts())
@settings(max_examples=EXAMPLES)
def test_a_glance_sees_what_reading_everything_finds(
    store: LedgerStore,
    asking: Callable[..., list[Row | None]],
    account: tuple[str, list[Record], bool],
    other: tuple[str, list[Record], bool],
) -> None:
    """Byte for byte; and it says so where it cannot, and only there."""
    with store.engine.begin() as connection:
        for _, records, _ in (other, account):
            state_tables().put(connection, records)
    learner_id, _, is_plain = account

    seen = seen_by(store, learner_id)
    rows = asking(learner_id, other[0], NOBODY, learner_id)

    row, of_other, of_nobody, again = rows
    assert row is not None
    assert row == again
    assert seen_in(row, learner_id, today=TODAY) == seen
    assert of_other is not None
    assert seen_in(of_other, other[0], today=TODAY) == seen_by(store, other[0])
    assert of_nobody is not None
    with pytest.raises(UnknownLearnerError):
        seen_in(of_nobody, NOBODY, today=TODAY)
    assert (seen is not None) == is_plain
    if seen is not None:
        with store.snapshot() as state:
            found = balance(state, learner_id, today=TODAY)
        assert orjson.dumps(seen.answer) == orjson.dumps(found)
        assert seen.position == -1


@pytest.mark.parametrize("way", ALONE)
def test_a_lot_that_differs_in_one_thing_is_told_apart(
    store: LedgerStore, way: str
) -> None:
    """Beside two that are alike, of which only the sum is told."""
    learner_id = f"learner_{next(NUMBERS):032x}"
    account = account_of(learner_id)
    own = [lot(learner_id), lot(learner_id, **ALONE[way]), lot(learner_id)]
    rings = [keyring(one, contested=False) for one in MEMBERS]
    with store.engine.begin() as connection:
        state_tables().put(connection, [account, *own, *rings])

    seen = seen_by(store, learner_id)

    with store.snapshot() as state:
        found = balance(state, learner_id, today=TODAY)
    assert seen is not None
    assert orjson.dumps(seen.answer) == orjson.dumps(found)


def test_nobody_is_seen_where_there_is_no_account(store: LedgerStore) -> None:
    """The same error as otherwise."""
    with pytest.raises(UnknownLearnerError):
        seen_by(store, NOBODY)


def test_a_database_that_does_not_answer_is_no_fault_of_ours(
    store: LedgerStore,
) -> None:
    """The driver's own errors are told as those of the store."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE state_lots RENAME TO gone")
    try:
        with pytest.raises(StoreUnavailableError):
            seen_by(store, NOBODY)
    finally:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO state_lots")
