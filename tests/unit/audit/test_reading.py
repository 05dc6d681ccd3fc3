"""A process remembers from one span to the next what still holds, and not too much."""

from ledger.audit.following import Known
from ledger.audit.reading import Reader

AT = "2026-09-01T08:00:00.000Z"


def test_what_was_seen_is_kept_in_mind_only_while_it_holds() -> None:
    """Until shared records change, or it is too much."""
    reader = Reader()
    seen = reader._seen_before(1)  # noqa: SLF001
    seen["key", True] = {(b"%d" % number,): Known(AT) for number in range(32)}

    assert len(reader._seen_before(1)["key", True]) == 32  # noqa: SLF001
    assert not reader._seen_before(2)  # noqa: SLF001
    seen["key", False] = {(b"%d" % number,): Known(AT) for number in range(33)}
    assert not reader._seen_before(2)  # noqa: SLF001
