"""A plan's steps in the order of their days, with what counts together put together."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.domain.rules.planning.steps import (
    Counting,
    Setting,
    Step,
    step_id,
    take,
)
from ledger.domain.state import Part, Record, Slice
from projections.plan.execution import Done, Taken
from projections.plan.gathering import Gathered

LOTS_MAX: Final = 64
"""Lots that one redemption may count."""


def tidied(gathered: Gathered, done: Done) -> list[Taken]:
    """Return the steps in the order of their days, counting for each day put together.

    They are taken once more from the start; if that is not the same, they stay as they
    were.
    """
    together: dict[tuple[str, str], list[Part]] = {}
    others: list[Taken] = []
    for one in done.taken:
        if isinstance(one.step, Counting):
            key = (one.step.day, one.step.requirement)
            together.setdefault(key, []).extend(one.step.lots)
        else:
            others.append(one)
    merged = [
        Counting(
            redemption_id="",
            requirement=requirement,
            lots=tuple(_summed(parts)),
            day=day,
        )
        for (day, requirement), parts in together.items()
    ]
    first = max((_place(one.step, done) for one in others), default=0)
    named = [
        Taken(step=replace(step, redemption_id=step_id(gathered.setting, first + n)))
        for n, step in enumerate(merged, start=1)
    ]
    steps = sorted([*others, *named], key=lambda one: one.step.day)
    return steps if _proven(gathered, steps) else done.taken


def _place(step: Step, done: Done) -> int:
    return next(n for n, one in enumerate(done.taken) if one.step is step)


def _summed(parts: Iterable[Part]) -> Iterable[Part]:
    amounts: dict[str, int] = {}
    for part in parts:
        amounts[part.award_id] = amounts.get(part.award_id, 0) + part.amount_milli
    for key, amount in amounts.items():
        yield Part(award_id=key, amount_milli=amount)


def _proven(gathered: Gathered, steps: Sequence[Taken]) -> bool:
    state, setting = Slice(gathered.asking.known), gathered.setting
    for one in steps:
        if len(one.step.lots) > LOTS_MAX:
            return False
        try:
            changes = gathered.asking.ask(
                partial(_retaken, one.step, setting=setting, state=state)
            )
        except RejectionError:
            return False
        state.put(changes)
    return True


def _retaken(
    step: Step, _: Slice, *, setting: Setting, state: Slice
) -> tuple[Record, ...]:
    return take(step, state, setting=setting)
