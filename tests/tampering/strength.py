"""Which harm notices that a check is gone: the proof that the campaign looks at all.

``python -m tests.tampering.strength`` tries every check with every harm and prints
those that nothing notices.
"""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Final

from tests.tampering.campaign import NAMES, OPERATORS, small_grounds
from tests.tampering.outcomes import Harm, judge
from tests.tampering.weakening import Check, checks_of, functions_run, without

ROUNDS: Final = 1
AUDITOR: Final = tuple(
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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One harm of the fixed set, made once and judged by every weakened verifier."""

    operator: str
    harm: Harm

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
    """Return the fixed set: every operator, some times over."""
    ours, theirs = small_grounds()
    return tuple(
        Trial(operator=name, harm=OPERATORS[name](ours, theirs, chance=_drawn(seed)))
        for seed, name in enumerate(NAMES * ROUNDS)
    )


def _drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # the same in every run


@cache
def checks() -> tuple[Check, ...]:
    """Return every check in a function that some harm of the fixed set goes through."""
    ours, _ = small_grounds()
    made = trials()
    ran = functions_run(lambda: [judge(ours, one.harm) for one in made])
    return tuple(
        check
        for module in sorted(ran)
        for check in checks_of(module, functions=ran[module])
    )


def likely_first(check: Check) -> Iterator[Trial]:
    """Return all trials, those first that expect what the check reports."""
    likely: list[Trial] = []
    others: list[Trial] = []
    for trial in trials():
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
    return tuple(
        check
        for module in AUDITOR
        for check in checks_of(module)
        # The public functions beside its classes read files, and report nothing.
        if "." in check.function or check.function.startswith("_")
    )


def main() -> int:
    """Try every check."""
    unnoticed = 0
    for check in checks():
        by = noticed_by(check)
        unnoticed += by is None
        sys.stdout.write(f"{by or '-':28} {check.name}  {check.words[:70]!r}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(checks())} checks, {unnoticed} of them unnoticed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
