"""What lines make is found, changed and gone through like any other record."""

from collections import Counter
from collections.abc import Sequence
from functools import cache

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import lines as lines_module
from ledger.audit.applying import Applying
from ledger.audit.figures.alike import alike_lots, spelled_lots
from ledger.audit.forms import Columns
from ledger.audit.lines import Segment
from ledger.audit.ordered import OrderedState
from ledger.audit.replay import Replay
from ledger.audit.spilling import Ref
from ledger.audit.stretches import Stretch
from ledger.domain.state import (
    AccountRecord,
    Key,
    LotRecord,
    Record,
    StatementRecord,
)
from tests.listing import AHEAD, listings

KINDS: Sequence[type[Record]] = (LotRecord, AccountRecord, StatementRecord)
FEW = 3
LATER = 100


@cache
def stretches() -> tuple[Stretch, Stretch]:
    """Return one that opens accounts, and one of awards by two patterns."""
    state = OrderedState()
    replay, found, position = Replay(state), [], 0
    applying = Applying(state, replay, observers=())
    pieces = AHEAD.take_pieces(
        listings()[0].entries, size=None, news=replay.take_news, trusting=True
    )
    for entries, one in pieces:
        if isinstance(one, Stretch):
            found.append(one)
            applying.apply_lines(entries, one, position=position)
        else:
            applying.apply(entries[0].raw, one, position=position)
        position += len(entries)
    state.close()
    accounts, _, awards = found
    return accounts, awards


def stretch(numbers: Sequence[int], *, of_awards: bool) -> Stretch:
    """Return lines whose own values are told apart by numbers."""
    form = stretches()[of_awards]
    columns = Columns(
        [f"learner_{number}" for number in numbers],
        [f"id-{of_awards}-{number}" for number in numbers],
        [f"award_{number}" if of_awards else "" for number in numbers],
        range(numbers[0], numbers[0] + len(numbers)),
        [f"payload-{number}" for number in numbers],
        [f"body-{number}" for number in numbers],
        [f'd{number}","e{number}' for number in numbers],
    )
    which = [number % len(form.patterns) for number in numbers]
    return form._replace(which=which, columns=columns)


class Model:
    """All records in a dictionary, put one by one."""

    def __init__(self, *, verified: bool = True) -> None:
        """Have none."""
        self.verified = verified
        self.records: dict[tuple[type[Record], Key], Record] = {}

    def take(self, lines: Stretch, upto: int) -> None:
        """Put what the first lines make."""
        for at in range(upto):
            pattern = lines.patterns[lines.which[at]]
            for form in (pattern.own, pattern.said):
                text = form.filled_at(lines.columns, at)
                one = form.record.model_validate_json(text)
                self.records[form.record, one.key] = one

    def single(self, number: int) -> list[LotRecord]:
        """Put a lot that no line has made; return it, unless it is there."""
        lines = stretch([number], of_awards=True)
        text = lines.patterns[lines.which[0]].own.filled_at(lines.columns, 0)
        lot = LotRecord.model_validate_json(text)
        if (LotRecord, lot.key) in self.records:
            return []
        self.records[LotRecord, lot.key] = lot
        return [lot]

    def fitting(self, lines: Stretch) -> int:
        """Return how many lines make what is not there, for open accounts."""
        made, columns = set(self.records), lines.columns
        for at, identity in enumerate(columns.ids):
            name = columns.award_ids[at] or columns.learner_ids[at]
            own = lines.patterns[lines.which[at]].own.record, name
            said = StatementRecord, (lines.iss, identity)
            account = self.records.get((AccountRecord, columns.learner_ids[at]))
            is_open = isinstance(account, AccountRecord) and not account.closed
            if own in made or said in made or (columns.award_ids[at] and not is_open):
                return at
            made |= {own, said}
        return len(columns.ids)

    def check(self, state: OrderedState) -> None:
        """Require that a state has the same, in order and by name."""
        for kind in KINDS:
            mine = {key[1]: one for key, one in self.records.items() if key[0] is kind}
            assert list(state.all_of(kind)) == list(mine.values())
            by_name = [mine[key] for key in sorted(mine, key=orjson.dumps)]
            assert list(state.all_by_key(kind)) == by_name
            assert state.count(kind) == len(mine)
        check_alike(state)


def check_alike(state: OrderedState) -> None:
    """Require that many lots at once are summed and spelled as each of them is."""
    lots, sums, whole = list(state.all_of(LotRecord)), Counter[str](), Counter[str]()
    for lot in lots:
        sums[lot.learner_id] += lot.awarded_milli * lot.revision
        whole["positions"] += lot.position
    for lot, learner_ids, positions in alike_lots(state, later):
        for learner_id in learner_ids:
            sums[learner_id] -= lot.awarded_milli * (lot.revision - LATER)
        whole["positions"] -= sum(positions)
    assert set(sums.values()) <= {0}
    assert not whole["positions"]
    expected = [orjson.dumps(shown(later(lot))) for lot in lots]
    assert list(map(orjson.dumps, spelled_lots(state, later, shown=shown))) == expected


def later(lot: LotRecord) -> LotRecord:
    """Return a lot at a moment when it is other than it was written."""
    return lot.replacing(revision=lot.revision + LATER)


def shown(lot: LotRecord) -> dict[str, object]:
    """Show a lot, with signs that are written otherwise in JSON, and one more."""
    return {"100 %": "学分", **lot.model_dump(mode="json")}


numbers = st.lists(st.integers(0, 9), min_size=1, max_size=10)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["awards", "accounts"]), numbers),
        st.tuples(st.sampled_from(["change", "close", "read", "single"]), numbers),
    ),
    max_size=12,
)


def change(state: OrderedState, model: Model, *, ref: Ref, **values: object) -> None:
    """Change a record that is there, after it was found, as rules do."""
    found = state.find(*ref)
    assert found == model.records.get(ref)
    if found is not None:
        changed = found.replacing(**values)
        state.put([changed])
        model.records[ref] = changed


def take(step: str, some: list[int], *, state: OrderedState, model: Model) -> None:
    """Take a step, in a state and in the model of it."""
    if step in {"awards", "accounts"}:
        lines = stretch(some, of_awards=step == "awards")
        fit = range(model.fitting(lines))
        whole = fit if model.verified else range(len(some))
        assert state.fitting(lines, whole) == fit
        if fit:
            state.put_lines(lines, fit)
        model.take(lines, len(fit))
    elif step == "read":
        model.check(state)
    elif step == "single":
        state.put(model.single(some[0]))
    for number in some if step == "change" else ():
        change(state, model, ref=(LotRecord, f"award_{number}"), revision=7)
    for number in some if step == "close" else ():
        change(state, model, ref=(AccountRecord, f"learner_{number}"), closed=True)


@settings(max_examples=50)
@given(steps, st.integers(0, 6), st.booleans(), st.booleans())
def test_lines_leave_what_records_put_one_by_one_leave(
    steps: list[tuple[str, list[int]]],
    in_memory_max: int,
    verified: bool,  # noqa: FBT001  # as hypothesis gives it
    colliding: bool,  # noqa: FBT001
) -> None:
    """In the same order, whatever was changed since, and whatever lay in memory."""
    state, model = (
        OrderedState(in_memory_max, verified=verified),
        Model(verified=verified),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "BLOCK", FEW)
        patch.setattr(lines_module, "_PAGE", FEW)
        patch.setattr(lines_module, "_NOTED_AT_ONCE", FEW)
        patch.setattr("ledger.audit.ordered._OPEN_MAX", FEW)
        if colliding:
            patch.setattr(lines_module, "hash", lambda _: 0, raising=False)
        for step, some in steps:
            take(step, some, state=state, model=model)
        model.check(state)
    state.close()


def test_a_lot_that_was_changed_splits_its_block() -> None:
    """The first of a block, one in its middle, and two in a row."""
    state, model = OrderedState(verified=True), Model()
    lines = stretch(list(range(10)), of_awards=True)
    state.put_lines(lines, range(10))
    model.take(lines, 10)

    for number in (7, 0, 4, 3):
        change(state, model, ref=(LotRecord, f"award_{number}"), revision=7)

    model.check(state)
    pieces = list(state.pieces_of(LotRecord))
    split = [len(one.lines) for one in pieces if isinstance(one, Segment)]
    assert split == [2, 2, 2]
    assert len(pieces) == 7
    state.close()


def test_lots_of_a_form_that_holds_a_stand_in_are_spelled_one_by_one() -> None:
    """Whoever wrote it, chance or not; and of more forms than are known at once."""
    state = OrderedState(verified=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.audit.figures.alike._FORMS_MAX", 1)
        for number in range(FEW):
            lines = stretch([number * FEW, number * FEW + 1], of_awards=True)
            texts = [one.own.text for one in lines.patterns]
            patterns = [
                one._replace(own=one.own._replace(text=text.replace("3000", "3001")))
                if number % 2
                else one._replace(
                    own=one.own._replace(
                        text=text.replace('"kid":"', '"kid":"@award_id@')
                    )
                )
                for one, text in zip(lines.patterns, texts, strict=True)
            ]
            state.put_lines(lines._replace(patterns=patterns), range(2))

        check_alike(state)

    assert sum("@award_id@" in lot.kid for lot in state.all_of(LotRecord)) == 4
    state.close()


def test_lines_that_open_accounts_and_award_in_turns_are_kept_apart() -> None:
    """Each kind in its own order, and the ids of both in one."""
    accounts, awards = (
        stretch([1, 2, 3, 4], of_awards=False),
        stretch([1], of_awards=True),
    )
    turns = accounts._replace(
        patterns=[*accounts.patterns, awards.patterns[0]],
        which=[0, 1, 0, 1],
        columns=accounts.columns._replace(award_ids=["", "award_2", "", "award_4"]),
    )
    state = OrderedState(verified=True)

    state.put_lines(turns, range(4))

    opened = [one.learner_id for one in state.all_of(AccountRecord)]
    awarded = [one.award_id for one in state.all_of(LotRecord)]
    said = [one.id for one in state.all_of(StatementRecord)]
    assert (opened, awarded) == (["learner_1", "learner_3"], ["award_2", "award_4"])
    assert said == turns.columns.ids
    assert state.count(StatementRecord) == 4
    assert state.find(StatementRecord, (turns.iss, said[3])) is not None
    state.close()
