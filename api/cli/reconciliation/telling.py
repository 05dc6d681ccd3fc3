"""Periods, lines and differences, as a table, a spreadsheet or JSON."""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from api.cli.oversight.exporting import inert
from api.cli.reconciliation.words import DIFFERENCES
from api.cli.rules.words import Speech
from api.cli.terminal import (
    harmless,
    new_table,
    say,
    show,
    show_json,
    stdout_console,
)
from client.comparing import Comparison, Difference
from client.exchange import preferred_language
from client.files import OWNER_ONLY
from client.reconciliation import LineView, PeriodView, ReconciliationHead

_BOM = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,3})?", re.ASCII)
_SHEET = (
    ("序号", "position"),
    ("入账日期", "recorded_on"),
    ("对账期", "period"),
    ("认定单位", "recogniser"),
    ("原单位", "root_member"),
    ("类别", "category"),
    ("学分", "credits"),
    ("业务编号", "exchange_id"),
    ("原始成果编号", "root"),
    ("规则", "rule"),
    ("学习者", "learner_id"),
    ("业务单类型", "type"),
    ("签发方", "issuer"),
    ("业务单编号", "statement_id"),
)


def tell_head(head: ReconciliationHead, speech: Speech) -> None:
    """Print what a period adds up to: by direction, then the net per pair."""
    if head.period is not None:
        show(harmless(_span(head.period, speech)))
    if not head.totals:
        say(speech.say("本期没有互认业务。", "Nothing was recognised in this period."))
        return
    heads = speech.say(
        "认定单位 原单位 类别 学分 笔数", "recogniser from category credits lines"
    )
    table = new_table(*heads.split())
    for one in head.totals:
        kind = speech.word(one.category)
        cells = (one.recogniser, one.root_member, kind, one.credits, str(one.lines))
        table.add_row(*map(harmless, cells))
    stdout_console().print(table)
    title = speech.say(
        "轧差（甲方认定乙方减乙方认定甲方，仅为统计，不构成债务）",
        "net (A of B less B of A; a figure, no debt)",
    )
    pairs = speech.say(
        "甲方 乙方 类别 甲认乙 乙认甲 轧差", "A B category A-of-B B-of-A net"
    )
    table = new_table(*pairs.split(), title=title)
    for net in head.net:
        kind = speech.word(net.category)
        table.add_row(*map(harmless, (*net.members, kind, *net.recognised, net.net)))
    stdout_console().print(table)


def _span(period: PeriodView, speech: Speech) -> str:
    first = period.first_day or speech.say("建账起", "the ledger's first day")
    if period.last_day is None:
        text = f"{period.code}  {first} .."
        return text + speech.say("（未关账）", " (not closed)")
    text = f"{period.code}  {first} .. {period.last_day}"
    closed = period.closed_position
    return text + speech.say(
        f"（已关账，序号 {closed}）", f" (closed by entry {closed})"
    )


def tell_lines(lines: Sequence[LineView], speech: Speech) -> None:
    """Print every line with its statement."""
    heads = speech.say(
        "序号 日期 认定单位 原单位 类别 学分 业务编号 业务单",
        "entry date recogniser from category credits exchange statement",
    )
    table = new_table(*heads.split())
    for line in lines:
        cells = (
            str(line.position),
            line.recorded_on,
            line.recogniser,
            line.root_member,
            speech.word(line.category),
            line.credits,
            line.exchange_id,
            f"{line.issuer} {line.statement_id}",
        )
        table.add_row(*map(harmless, cells))
    stdout_console().print(table)


def write_sheet(path: Path, lines: Iterable[LineView], *, speech: Speech) -> int:
    """Write lines as CSV that a spreadsheet opens as it is; return how many.

    Raises:
        typer.BadParameter: there is such a file already.
    """
    if path.exists():
        hint = f"{path} exists already; nothing is overwritten"
        raise typer.BadParameter(hint, param_hint="--csv")
    unfinished = path.with_name(path.name + ".part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    count = 0
    with os.fdopen(os.open(unfinished, flags, OWNER_ONLY), "wb") as file:
        # Without the mark a spreadsheet takes Chinese for something else.
        file.write(_BOM + _row(speech.say(*names) for names in _SHEET))
        for count, line in enumerate(lines, start=1):  # noqa: B007  # it is returned
            file.write(_row(_cell(line, name) for _, name in _SHEET))
    unfinished.replace(path)
    return count


def _cell(line: LineView, name: str) -> str:
    text = str(getattr(line, name))
    # A minus before a number is no formula; whatever else a bank sends might be one.
    return text if _NUMBER.fullmatch(text) else inert(text)


def _row(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()


def tell_comparison(found: Comparison, *, as_json: bool) -> None:
    """Print every difference of a file from the bank, and what either adds up to."""
    if as_json:
        show_json({"agree": not found.differences, **_as_object(found)})
        return
    speech = Speech(preferred_language())
    if found.differences:
        _tell_differences(found.differences, speech)
        count = len(found.differences)
        said = speech.say(f"共 {count} 处差异。", f"{count} differences.")
    else:
        text = (
            f"{found.rows} 行全部一致。",
            f"All {found.rows} rows agree with the bank.",
        )
        said = speech.say(*text)
    sums = speech.say(
        f"本单位 {found.rows} 行 {found.in_file} 学分，"
        f"银行 {found.lines} 行 {found.in_bank} 学分。",
        f"File: {found.rows} rows, {found.in_file} credits; "
        f"bank: {found.lines} lines, {found.in_bank} credits.",
    )
    say(f"{said} {sums}")


def _as_object(found: Comparison) -> dict[str, object]:
    shown = [
        {name: value for name, value in asdict(one).items() if value is not None}
        for one in found.differences
    ]
    return {**asdict(found), "differences": shown}


def _tell_differences(found: Iterable[Difference], speech: Speech) -> None:
    heads = speech.say(
        "差异 行 业务编号 原始成果 本单位 银行 序号",
        "difference row exchange root file bank entries",
    )
    table = new_table(*heads.split())
    for one in found:
        cells = (
            speech.say(*DIFFERENCES[one.kind]),
            "" if one.row is None else str(one.row),
            one.exchange_id,
            one.root,
            speech.word(one.in_file or ""),
            speech.word(one.in_bank or ""),
            ", ".join(map(str, one.entries)),
        )
        table.add_row(*map(harmless, cells))
    stdout_console().print(table)
