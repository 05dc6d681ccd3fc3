"""A balance at one glance says what a balance that reads everything says."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

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

EXAMPLES = 40
TODAY = "2026-09-01"
MEMBERS = ("north", "south", "service")
DAYS = ("2026-08-31", TODAY, "2026-09-02")
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}
NUMBERS = itertools.count()

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
def lots(draw: st.DrawFn, learner_id: str) -> LotRecord:
    """Return a lot: given or converted, whole or not, ended or not, doubted or not."""
    number = next(NUMBERS)
    parts = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
    split = {f"{part}_milli": draw(amounts) for part in parts}
    award_id = f"award_{number}"
    roots = draw(
        st.lists(st.sampled_from([award_id, "award_x"]), min_size=1, max_size=2)
    )
    flag = {"source": "award_x", "cause": "source_revoked", "position": 3}
    made_by = draw(st.none() | st.sampled_from(["exchange-1", "exchange-2"]))
    fields: dict[str, object] = {
        **split,
        "award_id": award_id,
        "learner_id": learner_id,
        "issuer": draw(st.sampled_from(MEMBERS)),
        "achievement": None,
        "basis": "issued",
        "passed": True,
        "awarded_milli": sum(split.values()),
        "revoked": draw(st.booleans()),
        "revision": 0,
        "workload": None,
        "level": None,
        **dict.fromkeys(["learned_from", "learned_to", "assessed_on", "valid_until"]),
        "position": number,
        "recorded_at": f"{TODAY}T00:00:00.000Z",
        "recorded_on": TODAY,
        "kid": f"{draw(st.sampled_from(MEMBERS))}#{'k' * 43}",
        "body_hash": "A" * 43,
        "roots": [{"award_id": root, "amount_milli": 1} for root in roots],
        "path": ("north",),
        "exchange_id": made_by,
        "enrolment_id": draw(st.none() | st.just("enrolment-1")) if made_by else None,
        "expires_on": draw(days),
        "flags": [{**flag, "decide_by": TODAY}] if draw(st.booleans()) else [],
    }
    return LotRecord.model_validate_json(orjson.dumps(fields))


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


@st.composite
def accounts(draw: st.DrawFn) -> tuple[str, list[Record], bool]:
    """Return a learner, what the state holds of it, and whether that is plain."""
    learner_id = f"learner_{next(NUMBERS):032x}"
    absorbed = draw(st.sampled_from([(), (), ("learner_y",)]))
    account = AccountRecord.model_validate_json(
        orjson.dumps(
            {
                "learner_id": learner_id,
                "home": "north",
                "mode": draw(st.sampled_from(["collective", "provisional"])),
                "claimed": draw(st.booleans()),
                "closed": draw(st.booleans()),
                "merged_into": draw(st.sampled_from([None, None, None, "learner_z"])),
                "absorbed": absorbed,
                "opened_position": 2,
            }
        )
    )
    begun, ended = draw(st.sampled_from(DAYS)), draw(days)
    enrolment = enrolled(learner_id, begun, ended=ended)
    studies = draw(st.booleans())
    own = draw(st.lists(lots(learner_id), max_size=6))
    doubted = draw(st.sampled_from([None, None, *MEMBERS]))
    rings = [keyring(one, contested=one == doubted) for one in MEMBERS]
    is_open = studies and begun <= TODAY and (ended is None or ended > TODAY)
    signers = {lot.kid.partition("#")[0] for lot in own}
    plain = not (
        absorbed or account.merged_into is not None or is_open or doubted in signers
    )
    records = [account, *own, *rings, *([enrolment] if studies else [])]
    return learner_id, records, plain


@pytest.fixture(scope="module")
def asking(store: LedgerStore) -> Iterator[Callable[[str], Row | None]]:
    """Ask the same from within an event loop."""
    with asyncio.Runner() as runner:
        watching = lookout(store.engine)
        yield lambda learner_id: runner.run(watching.ask(learner_id))
        watching.close()


def seen_by(store: LedgerStore, learner_id: str) -> Glance | None:
    """Look once."""
    with open_connection(store.engine) as connection:
        return glance(connection, learner_id, today=TODAY)


@given(account=accounts())
@settings(max_examples=EXAMPLES)
def test_a_glance_sees_what_reading_everything_finds(
    store: LedgerStore,
    asking: Callable[[str], Row | None],
    account: tuple[str, list[Record], bool],
) -> None:
    """Byte for byte; and it says so where it cannot, and only there."""
    learner_id, records, is_plain = account
    with store.engine.begin() as connection:
        state_tables().put(connection, records)

    seen, row = seen_by(store, learner_id), asking(learner_id)

    assert row is not None
    assert seen_in(row, learner_id, today=TODAY) == seen
    assert (seen is not None) == is_plain
    if seen is not None:
        with store.snapshot() as state:
            found = balance(state, learner_id, today=TODAY)
        assert orjson.dumps(seen.answer) == orjson.dumps(found)
        assert seen.position == -1


def test_nobody_is_seen_where_there_is_no_account(store: LedgerStore) -> None:
    """The same error as otherwise."""
    with pytest.raises(UnknownLearnerError):
        seen_by(store, "learner_" + "f" * 32)


def test_a_database_that_does_not_answer_is_no_fault_of_ours(
    store: LedgerStore,
) -> None:
    """The driver's own errors are told as those of the store."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE state_lots RENAME TO gone")
    try:
        with pytest.raises(StoreUnavailableError):
            seen_by(store, "learner_" + "f" * 32)
    finally:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO state_lots")
