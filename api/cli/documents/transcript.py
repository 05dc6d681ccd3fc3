"""``skillbank transcript``, and ``audit transcript`` for whoever is shown one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from api.cli.documents.printing import Printing
from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import BankAt, JsonOption, Past
from api.cli.queries import LearnerArgument
from api.cli.rules.words import Speech
from api.cli.terminal import (
    FAULT,
    NOT_CHECKED,
    answering,
    harmless,
    say,
    show,
    show_json,
    stop,
)
from client.document_answers import (
    RecognitionView,
    Transcript,
    TranscriptEnrolment,
    TranscriptLot,
)
from client.errors import BankFaultError, StatementFileError
from client.exchange import preferred_language
from client.transcripts import verify_transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done with a transcript."""

    check: Annotated[
        bool,
        typer.Option("--check", help="Check the proof of every lot (逐项核验存证)."),
    ] = False
    as_json: JsonOption = False


@grouped
def transcript(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    wish: Wish,
) -> None:
    """Show a learner's transcript: every lot with its origin (学分证明).

    What --json prints is a document for another school or an employer: `skillbank audit
    transcript` checks it without the bank.
    """
    with answering(as_json=wish.as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = bank.transcript(learner_id, when=past.when())
        if wish.check:
            verify_transcript(found, ledger=at.ledger)
        if wish.as_json:
            show_json(found.model_dump(mode="json", exclude_none=True))
        else:
            show_transcript(found)
        if wish.check:
            _tell_proven(found)


def check_transcript(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="What `transcript --json` printed."
        ),
    ],
    *,
    ledger: Annotated[
        str | None,
        typer.Option(help="The ledger's name, as you learned it from elsewhere."),
    ] = None,
) -> None:
    """Check a transcript, offline: no bank is asked (离线核验学分证明).

    It proves that the ledger holds every lot as it was made. What became of a lot
    later, such as a revocation, only the bank or an audit can tell.

    Exit codes: 0 proven · 1 it proves nothing · 3 no transcript · 4 no name was given.
    """
    with answering(as_json=False):
        found = _read(file)
        if ledger is None:
            show(harmless(found.proofs[0].ledger if found.proofs else ""))
            text = (
                "This is the name that the transcript gives. Compare it with the one "
                "you were given, and say it with --ledger."
            )
            stop("no-name", text, exit_code=NOT_CHECKED, as_json=False)
        try:
            verify_transcript(found, ledger=ledger)
        except BankFaultError as error:
            text = f"it does not prove what it says ({error.facts['found']})"
            stop(error.code, text, exit_code=FAULT, as_json=False)
        show_transcript(found)
        _tell_proven(found)


def _read(file: Path) -> Transcript:
    try:
        return Transcript.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise StatementFileError(wanted="a transcript", found="its form") from error


def _tell_proven(found: Transcript) -> None:
    speech = Speech(preferred_language())
    count = len(found.lots)
    amended = sum(bool(lot.amended_at) for lot in found.lots)
    say(
        speech.say(
            f"已核验 {count} 个学分批次；其中 {amended} 个事后有更正。",
            f"Proven: {count} lots, {amended} of them amended since.",
        )
    )


def show_transcript(found: Transcript) -> None:
    """Print a transcript: enrolments, what was studied, and what was recognised."""
    printing = Printing(found.labels, found.words, language=found.language)
    for text in _lines(found, printing):
        show(harmless(text))


def _lines(found: Transcript, printing: Printing) -> Iterator[str]:
    yield printing.label("document_title")
    yield printing.line("learner_id", found.learner_id)
    yield printing.line("earned", found.earned)
    for enrolment in found.enrolments:
        yield printing.line("enrolments", _enrolment(enrolment, printing))
    for name, lots in (("studied", found.studied), ("recognised", found.recognised)):
        if lots:
            yield f"{printing.label(name)}{printing.say('：', ':')}"
        for lot in lots:
            yield from _lot(lot, printing)


def _enrolment(one: TranscriptEnrolment, printing: Printing) -> str:
    until = one.ended_on or ""
    parts = (
        printing.member(one.school),
        one.programme.title or one.programme.programme,
        f"{one.started_on}–{until}",
        printing.word(one.outcome),
    )
    return " ".join(filter(None, parts))


def _lot(lot: TranscriptLot, printing: Printing) -> Iterator[str]:
    made = f"{printing.word(lot.outcome)} → {lot.requirement or ''}".strip(" →")
    title, kind = made, ""
    if lot.achievement is not None:
        one = lot.achievement
        title = printing.title(one.title, one.title_en) or one.achievement
        kind = printing.word(one.kind)
    on = lot.assessed_on or lot.learned_to or ""
    parts = (title, kind, printing.member(lot.issuer), on, _level(lot))
    yield "  " + "  ".join(filter(None, parts))
    yield f"    {_credits(lot, printing)}"
    if lot.exchange is not None:
        yield f"    {printing.line('exchange', _case(lot.exchange, printing))}"
    for share in lot.derived_from:
        text = f"{share.award_id}  {share.credits}"
        yield f"    {printing.line('derived_from', text)}"
    for case in lot.recognised:
        yield f"    {printing.line('recognised', _case(case, printing))}"
    yield f"    {lot.award_id}  {printing.line('position', str(lot.position))}"


def _level(lot: TranscriptLot) -> str:
    level = lot.level
    if level is None and lot.achievement is not None:
        level = lot.achievement.level
    return "" if level is None else f"{level.framework} {level.code}"


def _credits(lot: TranscriptLot, printing: Printing) -> str:
    shown = [printing.line("awarded", lot.awarded)]
    for part in ("available", "held", "exchanged", "redeemed", "expired", "revoked"):
        amount = str(getattr(lot, part))
        if amount not in {"0", lot.awarded if part == "available" else "0"}:
            shown.append(printing.line(part, amount))
    shown.append(printing.word(lot.status))
    if lot.contested:
        shown.append(printing.label("contested"))
    if lot.flags:
        shown.append(printing.line("decide_by", min(f.decide_by for f in lot.flags)))
    return printing.say("；", "; ").join(shown)


def _case(one: RecognitionView, printing: Printing) -> str:
    programme = "" if one.programme is None else one.programme.title or ""
    amount = "" if one.credits is None else printing.line("credits", one.credits)
    rule = printing.title(one.rule.title, one.rule.title_en) or one.rule.rule
    parts = (printing.member(one.member), programme, rule, one.accepted_on or "")
    return "  ".join(filter(None, (*parts, amount)))
