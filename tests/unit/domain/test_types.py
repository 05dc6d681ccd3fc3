"""Words of statements: each has one legal spelling, and no person's number."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from ledger.domain import types
from ledger.domain.statements.envelope import Actor
from ledger.domain.types import (
    CREDITS_MILLI_MAX,
    credits_milli,
    credits_text,
    holds_personal_number,
    instant_of,
)

ID_CARD = "11010519491231002X"
PHONE = "13800138000"


@pytest.mark.parametrize(
    ("text", "amount_milli"),
    [("0", 0), ("0.001", 1), ("3", 3000), ("9999999.999", CREDITS_MILLI_MAX)],
)
def test_credits_have_one_spelling(text: str, amount_milli: int) -> None:
    """Thousandths inside, the shortest decimal string outside."""
    assert credits_milli(text) == amount_milli
    assert credits_text(amount_milli) == text
    assert credits_text(-amount_milli) == (f"-{text}" if amount_milli else "0")


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "01", ".5", "1.", "1.0000", "10000000", "1e3", "\uff13"]
)
def test_what_is_no_decimal_is_no_amount(text: str) -> None:
    """Neither as a number nor as a field."""
    with pytest.raises(ValueError, match=r".*"):
        credits_milli(text)
    with pytest.raises(ValidationError):
        TypeAdapter(types.Credits).validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        ID_CARD,
        ID_CARD.lower(),
        f"身份证{ID_CARD}，已核对",
        f"({ID_CARD})",
        "\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10",
        PHONE,
        "138 0013 8000",
        "138-0013-8000",
        "138\u20130013\u20138000",
        "138\u200b0013\u200b8000",
        f"+86{PHONE}",
        f"+86 {PHONE}",
        f"0086{PHONE}",
        f"(+86){PHONE}",
        f"电话：{PHONE}。",
        f"{PHONE}-转",
        f"{PHONE}/13900139000",
        f"{PHONE}-{ID_CARD}",
    ],
)
def test_a_persons_number_standing_alone_is_found(text: str) -> None:
    """However it is typed, and however many are strung together."""
    assert holds_personal_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "焊接基础",
        f"X{PHONE}",
        f"{PHONE}9",
        f"CN-{PHONE}",
        f"{PHONE}-A",
        f"2026/{ID_CARD}",
        f"{ID_CARD}/7",
        "12345678901",
        "110105194913310021",
        "2026-09-01 08:00",
    ],
)
def test_digits_inside_a_longer_code_are_none(text: str) -> None:
    """A certificate's number may contain what looks like one."""
    assert not holds_personal_number(text)


@pytest.mark.parametrize("staff", [PHONE, ID_CARD])
def test_nobody_acts_under_a_persons_number(staff: str) -> None:
    """Whoever acted is named by a pseudonym of the member."""
    with pytest.raises(ValidationError, match="identity-card or phone"):
        Actor(staff=staff, role="registrar")
    assert Actor(staff="r7", role="registrar").staff == "r7"


def test_free_text_holds_neither_numbers_nor_control_characters() -> None:
    """Both would stay in the log for ever."""
    adapter = TypeAdapter[str](types.FreeText)
    assert adapter.validate_python("误录") == "误录"
    for text in (PHONE, "a\nb", "a\x00"):
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (types.Instant, "2026-02-30T08:00:00.000Z"),
        (types.Instant, "2026-09-01T24:00:00.000Z"),
        (types.Instant, "2026-09-01T08:00:60.000Z"),
        (types.Instant, "2026-09-01T08:00:00Z"),
        (types.Instant, "2026-09-01T08:00:00.000+00:00"),
        (types.Date, "2026-02-30"),
        (types.Date, "2026-9-1"),
        (types.TimeZone, "Asia/Nowhere"),
        (types.TimeZone, "../etc/passwd"),
    ],
)
def test_what_is_no_time_is_refused(kind: type[str], text: str) -> None:
    """A second spelling of a moment is none."""
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize(
    ("kind", "before"),
    [(types.Digest, ""), (types.KeyId, "school-a#")],
    ids=["digest", "key-id"],
)
def test_a_hash_has_no_stray_bits(kind: type[str], before: str) -> None:
    """Four texts would stand for the same 32 bytes."""
    start = before + "A" * 42
    adapter = TypeAdapter(kind)

    assert adapter.validate_python(f"{start}E") == f"{start}E"
    for last in "BCDF":
        with pytest.raises(ValidationError):
            adapter.validate_python(start + last)


def test_the_text_of_instants_orders_them_in_any_year() -> None:
    """Fixed width from the first year on."""
    moments = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(999, 12, 31, tzinfo=UTC),
        datetime(2026, 9, 1, 8, tzinfo=UTC),
        datetime(2026, 9, 1, 8, tzinfo=UTC) + timedelta(microseconds=1999),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    texts = [instant_of(moment) for moment in moments]

    assert texts == sorted(texts)
    assert texts[0] == types.INSTANT_MIN
    assert texts[3] == "2026-09-01T08:00:00.001Z"
    assert texts[-1] == types.INSTANT_MAX
