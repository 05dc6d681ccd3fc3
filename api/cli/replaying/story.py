"""The story of a number, told line by line in plain words or as JSON with proofs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.table import Table

from api.cli.oversight.words import Telling
from api.cli.terminal import new_table, stdout_console
from api.wording import story as words
from client.exchange import preferred_language
from ledger.audit.explain.proofs import Leaves
from ledger.audit.explain.story import Line, Story
from ledger.audit.figures.effective import PARTS
from ledger.audit.figures.summary import Replayed
from ledger.domain.state import LotRecord
from ledger.domain.types import credits_text
from ledger.integrity.encoding import b64encode

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story that has come to its end, and what proves each of its lines.

    ``checkpoint`` is the note over the tree that the proofs lead to, if there is one.
    """

    subject: str
    replayed: Replayed
    story: Story
    leaves: Leaves
    checkpoint: str | None

    def shelved(self) -> int:
        """Return what is available still but past its shelf life, in thousandths."""
        day = self.replayed.day
        return sum(
            self.story.parts([lot.award_id])["available"]
            for lot in self.story.lots.values()
            if lot.expires_on is not None and lot.expires_on < day
        )

    def parts(self) -> dict[str, str]:
        """Return what the lines add up to, as a balance shows it."""
        parts = self.story.parts(self.story.lots)
        parts["available"] -= self.shelved()
        parts["expired"] += self.shelved()
        return {part: credits_text(parts[part]) for part in PARTS}


def sentence(line: Line, tongue: str) -> str:
    """Return what a line says."""
    kind = line.act.statement.type
    facts = {
        "credits": words.amount(credits_text(line.amount_milli), tongue),
        "case": line.case,
        "rule": line.rule,
        "why": line.why or "…",
    }
    way = "flags" if "flags" in line.changed else f"{line.source}-{line.target}"
    text = words.moved(kind, way, language=tongue, facts=facts)
    if text is None:
        act = Telling(tongue).act(kind)
        text = words.told("nothing", tongue, act=act)
    if line.origins:
        lots = ", ".join(
            f"{one.award_id} ({credits_text(one.amount_milli)})" for one in line.origins
        )
        text += words.told("origins", tongue, lots=lots)
    if line.made:
        text += words.told("made", tongue, lots=", ".join(line.made))
    if not line.counts:
        text += words.told("later", tongue, effective_on=line.effective_on)
    return text


def print_story(told: Told) -> None:
    """Tell it to a person."""
    console, tongue = stdout_console(), preferred_language()
    rebuilt = told.replayed.rebuilt
    head = words.told(
        "head",
        tongue,
        subject=told.subject,
        position=rebuilt.position,
        recorded_at=rebuilt.recorded_at,
    )
    console.print(head, soft_wrap=True)
    console.print(_table(told.story.lines, tongue))
    for text in _ending(told, tongue):
        console.print(text, soft_wrap=True)


def _ending(told: Told, tongue: str) -> Iterator[str]:
    yield words.told("ends", tongue, **told.parts())
    if told.shelved():
        credits_ = words.amount(credits_text(told.shelved()), tongue)
        yield words.told("shelf", tongue, credits=credits_, day=told.replayed.day)
    wrong = list(told.story.disagreements())
    if told.replayed.effective_on is None:
        name = "disagrees" if wrong else "agrees"
        yield words.told(name, tongue, lots=", ".join(wrong))


def _table(lines: Iterable[Line], tongue: str) -> Table:
    say = Telling(tongue).say
    table = new_table(
        say("记录日期", "recorded"),
        say("生效日期", "effective"),
        say("序号", "position"),
        say("增加", "in"),
        say("减少", "out"),
        say("可用", "available"),
        say("事由", "what happened"),
        say("签名单位", "signed by"),
        say("批次", "lot"),
        say("业务单", "statement"),
    )
    for line in lines:
        table.add_row(
            line.act.recorded_on,
            line.effective_on,
            str(line.act.position),
            credits_text(line.in_milli) if line.in_milli else "",
            credits_text(line.out_milli) if line.out_milli else "",
            credits_text(line.available_milli),
            sentence(line, tongue),
            f"{line.act.statement.iss} ({line.act.statement.actor.role})",
            line.lot,
            line.act.statement.id,
        )
    return table


def story_object(told: Told) -> Json:
    """Return the story as ``--json`` prints it."""
    tongue = preferred_language()
    return {
        "subject": told.subject,
        "lines": [_line_object(line, told, tongue=tongue) for line in told.story.lines],
        "ends": told.parts(),
        "lots": [_lot_object(lot, told) for lot in told.story.lots.values()],
        "disagreements": list(told.story.disagreements())
        if told.replayed.effective_on is None
        else [],
        "checkpoint": told.checkpoint,
    }


def _line_object(line: Line, told: Told, *, tongue: str) -> Json:
    act = line.act
    proof = told.leaves.prove(act.position)
    return {
        "position": act.position,
        "statement_id": act.statement.id,
        "type": act.statement.type,
        "issuer": act.statement.iss,
        "role": act.statement.actor.role,
        "signed_by": act.kid,
        "recorded_at": act.recorded_at,
        "effective_on": line.effective_on,
        "counts": line.counts,
        "lot": line.lot,
        "source": line.source or None,
        "target": line.target or None,
        "credits": credits_text(line.amount_milli),
        "available": credits_text(line.available_milli),
        "case": line.case or None,
        "rule": line.rule or None,
        "why": line.why or None,
        "changed": list(line.changed),
        "origins": [
            {"award_id": one.award_id, "credits": credits_text(one.amount_milli)}
            for one in line.origins
        ],
        "made": list(line.made),
        "text": sentence(line, tongue),
        "proof": {
            "leaf_hash": b64encode(told.leaves.leaf(act.position)),
            "size": proof.size,
            "path": [b64encode(one) for one in proof.path],
            "root": b64encode(told.replayed.rebuilt.root),
        },
    }


def _lot_object(lot: LotRecord, told: Told) -> Json:
    parts = told.story.parts([lot.award_id])
    return {
        "award_id": lot.award_id,
        "issuer": lot.issuer,
        "achievement": lot.achievement,
        "exchange_id": lot.exchange_id,
        "awarded": credits_text(lot.awarded_milli),
        **{part: credits_text(parts[part]) for part in PARTS},
        "expires_on": lot.expires_on,
        "roots": [root.award_id for root in lot.roots],
        "derived_from": [source.award_id for source in lot.derived_from],
        "used_by": list(lot.exchanges),
        "counted_by": list(lot.redemptions),
        "flags": [flag.cause for flag in lot.flags],
    }
