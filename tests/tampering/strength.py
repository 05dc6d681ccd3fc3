"""Which harm notices that a check is gone: the proof that the campaign looks at all.

``python -m tests.tampering.strength`` tries every check of the auditor, and every part
of one, with every harm; and those of the readers beneath with their unit tests. It
prints what notices each.
"""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from ledger.audit.workers import Workers
from tests.tampering import readers
from tests.tampering.campaign import OPERATORS, small_grounds
from tests.tampering.outcomes import Harm, judge
from tests.tampering.weakening import Check, noted, parts_of, without

ROUNDS: Final = 1
BY_SPANS: Final = Workers(
    processes=2, worth_starting=0, span=1, start=lambda _: ThreadPoolExecutor(1)
)
"""As several processes check entries, in this one."""
ALONE: Final = Workers(at_once=0)
"""Each entry is looked at by itself, and its signature waits for a thread."""
AUDITOR: Final = (
    *(
        f"ledger.audit.{name}"
        for name in (
            "filing",
            "heads",
            "history",
            "memory",
            "replay",
            "signatures",
            "verify",
            "witnessed",
        )
    ),
    "ledger.store.heads",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One harm of the fixed set, made once and judged by every weakened verifier."""

    operator: str
    harm: Harm

    @property
    def is_forged(self) -> bool:
        """Tell whether a signature is to be found at fault."""
        expected = self.harm.expected
        return expected is not None and "signature-invalid" in expected.codes

    @property
    def is_found(self) -> bool:
        """Tell whether the whole verifier finds it: or less of one proves nothing."""
        return judge(small_grounds()[0], self.harm) is None

    def notices(self, check: Check) -> bool:
        """Tell whether the judgement fails, or the audit itself, without a check."""
        ours, _ = small_grounds()
        with ThreadPoolExecutor(max_workers=1) as pool, without(check):
            judged = pool.submit(judge, ours, self.harm)
            return judged.exception() is not None or judged.result() is not None


@cache
def trials() -> tuple[Trial, ...]:
    """Return the fixed set: every operator, some times over.

    A forged signature is also judged as when several processes check entries, and as
    when each entry is looked at by itself.
    """
    ours, theirs = small_grounds()
    alone = [
        Trial(operator=name, harm=OPERATORS[name](ours, theirs, chance=_drawn(seed)))
        for seed, name in enumerate(tuple(OPERATORS) * ROUNDS)
    ]
    forged = next(one for one in alone if one.is_forged)
    harms = [replace(forged.harm, workers=one) for one in (BY_SPANS, ALONE)]
    return (*alone, *(replace(forged, harm=one) for one in harms))


def _drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # the same in every run


@cache
def reaching() -> dict[tuple[str, str, int], list[Trial]]:
    """Return which trials reach which check of the auditor."""
    ours, _ = small_grounds()
    found: dict[tuple[str, str, int], list[Trial]] = {}
    with ExitStack() as stack:
        notes = {name: stack.enter_context(noted(name)) for name in AUDITOR}
        for trial in trials():
            judge(ours, trial.harm)
            for check in [(name, *one) for name, seen in notes.items() for one in seen]:
                found.setdefault(check, []).append(trial)
            for seen in notes.values():
                seen.clear()
    return found


def likely_first(check: Check) -> Iterator[Trial]:
    """Return the trials that reach a check, those first that expect its report."""
    likely: list[Trial] = []
    others: list[Trial] = []
    for trial in reaching().get((check.module, check.function, check.number), []):
        expected = trial.harm.expected
        codes = frozenset[str]() if expected is None else expected.codes
        (likely if check.code in codes else others).append(trial)
    return iter([*sorted(likely, key=_narrow), *others])


def _narrow(trial: Trial) -> int:
    """Put those first that expect little else."""
    expected = trial.harm.expected
    return 0 if expected is None else len(expected.codes)


def noticed_by(check: Check) -> str | None:
    """Return the first harm that notices that a check is gone, None if none does."""
    for trial in likely_first(check):
        if trial.notices(check) and trial.is_found:
            return trial.operator
    return None


def own_checks() -> tuple[Check, ...]:
    """Return the checks that the auditor makes itself, not by the readers beneath."""
    return tuple(one for one in own_parts() if not one.part)


@cache
def own_parts() -> tuple[Check, ...]:
    """Return the same with the parts of each check's condition after it."""
    return tuple(
        check
        for module in AUDITOR
        for check in parts_of(module)
        # The public functions beside its classes read files, and report nothing.
        if "." in check.function
        or check.function.startswith("_")
        or module.startswith("ledger.store.")
    )


def main() -> int:
    """Try every check; exit code 1 if nothing notices that one is gone."""
    tried = [(one, noticed_by) for one in own_parts()]
    tried += [(one, readers.noticed_by) for one in readers.reader_checks()]
    unnoticed = 0
    for check, try_out in tried:
        by = try_out(check)
        unnoticed += by is None
        sys.stdout.write(f"{by or '-':28} {check.name}  {check.words[:70]!r}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(tried)} checks, {unnoticed} of them unnoticed\n")
    return int(unnoticed > 0)


if __name__ == "__main__":
    sys.exit(main())
