"""The trail as people read it: a table, or a file for a spreadsheet."""

from collections.abc import Callable, Iterable
from typing import Final

from rich.table import Table

from api.cli.oversight.words import Telling
from api.cli.terminal import harmless, new_table
from client.answers import TrailEvent

Column = tuple[str, str, Callable[[TrailEvent, Telling], str]]
"""Chinese and English heading, and what stands below."""


def _subject(event: TrailEvent, _: Telling) -> str:
    named = (event.achievement, event.award_id, event.exchange_id, event.redemption_id)
    found = next(filter(None, (*named, event.enrolment_id, event.kid)), "")
    return found or " ".join((*event.about.rules, *event.about.learners))


def _actor(event: TrailEvent, _: Telling) -> str:
    return f"{event.actor.staff} ({event.actor.role})" if event.actor else ""


def _marks(event: TrailEvent, speech: Telling) -> str:
    found = []
    if event.contested:
        found.append(speech.say("存疑", "in doubt"))
    if event.recovery_key:
        found.append("recovery-key")
    return speech.say("、", ", ").join(found)


def _authority(event: TrailEvent, _: Telling) -> str:
    return (event.actor.authority or "") if event.actor else ""


def _mandate(field: str) -> Callable[[TrailEvent, Telling], str]:
    return lambda event, _: getattr(event.mandate, field, "")


_FIRST: Final[tuple[Column, ...]] = (
    ("序号", "position", lambda event, _: str(event.position)),
    ("入账时间", "recorded", lambda event, _: event.recorded_at),
    ("业务", "what", lambda event, speech: speech.act(event.type)),
    ("签发单位", "by", lambda event, _: event.issuer),
)
_TABLE: Final[tuple[Column, ...]] = (
    *_FIRST,
    ("经办", "acted", _actor),
    ("对象", "about", _subject),
    ("学分", "credits", lambda event, _: event.credits or ""),
    ("原因", "reason", lambda event, _: event.reason_code or ""),
    ("备注", "note", _marks),
)
SHEET: Final[tuple[Column, ...]] = (
    *_FIRST,
    ("业务类型", "type", lambda event, _: event.type),
    ("经办人", "staff", lambda event, _: event.actor.staff if event.actor else ""),
    ("角色", "role", lambda event, _: event.actor.role if event.actor else ""),
    ("授权依据", "authority", _authority),
    ("密钥", "signed_by", lambda event, _: event.signed_by),
    ("备注", "note", _marks),
    ("学习者", "learners", lambda event, _: " ".join(event.about.learners)),
    ("相关单位", "members", lambda event, _: " ".join(event.about.members)),
    ("规则", "rules", lambda event, _: " ".join(event.about.rules)),
    ("成果记录", "award", lambda event, _: event.award_id or ""),
    ("成果目录项", "achievement", lambda event, _: event.achievement or ""),
    ("业务号", "case", lambda event, _: event.exchange_id or event.redemption_id or ""),
    ("学籍", "enrolment", lambda event, _: event.enrolment_id or ""),
    ("学分", "credits", lambda event, _: event.credits or ""),
    ("原因代码", "reason_code", lambda event, _: event.reason_code or ""),
    ("授权人", "mandate_by", _mandate("by")),
    ("授权方式", "mandate_method", _mandate("method")),
    ("授权凭证摘要", "mandate_proof", _mandate("proof")),
    ("告知书版本", "mandate_notice", _mandate("notice_version")),
    ("授权时间", "mandate_at", _mandate("at")),
    ("业务单号", "statement_id", lambda event, _: event.statement_id),
)


def trail_table(events: Iterable[TrailEvent], speech: Telling) -> Table:
    """Return one line for each event."""
    table = new_table(*headings(_TABLE, speech))
    for event in events:
        table.add_row(*(harmless(tell(event, speech)) for _, _, tell in _TABLE))
    return table


def headings(columns: Iterable[Column], speech: Telling) -> list[str]:
    """Return the headings of columns."""
    return [speech.say(chinese, english) for chinese, english, _ in columns]


def sheet_row(event: TrailEvent, speech: Telling) -> list[str]:
    """Return all about an event, cell by cell."""
    return [tell(event, speech) for _, _, tell in SHEET]
