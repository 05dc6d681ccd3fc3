"""``audit replay`` tells figures and stories, and finds what a bank shows wrongly."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from ledger.integrity.encoding import b64decode
from ledger.integrity.proofs import InclusionProof, verify_inclusion
from tests.bank import LEARNER
from tests.e2e.cli_machine import Ran, run_command
from tests.e2e.documented import ServedFace
from tests.e2e.http_bank import HttpBank
from tests.unit.client.serving import served
from tests.unit.client.simulator import Reply

Json = dict[str, Any]  # Any: plain JSON.
Run = Callable[..., Ran]
HEADERS = ("content-type", "x-ledger-position", "link")


@pytest.fixture(scope="module")
def bank(archive: HttpBank) -> HttpBank:
    """Serve one bank, which nothing here changes."""
    return archive


@pytest.fixture(scope="module")
def folder(bank: HttpBank) -> Path:
    """Return the folder it lives in."""
    return Path(bank.url.removeprefix("sqlite:///")).parent


@pytest.fixture
def run(bank: HttpBank) -> Run:
    """Replay for this ledger, on a machine that speaks English or Chinese."""

    def go(source: str | Path, *words: str | Path, language: str = "C") -> Ran:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LC_ALL", language)
            named = ("--ledger", bank.ledger)
            return run_command("audit", "replay", source, *named, *words)

    return go


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """Copy the databases, to be tampered with."""
    for name in ("ledger.db", "projections.db"):
        with (
            sqlite3.connect(folder / name) as kept,
            sqlite3.connect(tmp_path / name) as own,
        ):
            kept.backup(own)
        kept.close()
        own.close()
    return tmp_path


@dataclass
class WholeFace(ServedFace):
    """The served application with its headers; ``lies`` are values it changes."""

    lies: dict[bytes, bytes] = field(default_factory=dict)

    def answer(self, request: httpx2.Request) -> Reply:
        """Hand a request on, and change the answer if told to."""
        assert isinstance(self.bank, HttpBank)
        found = self.bank.client.request(request.method, self._path(request))
        content = found.content
        for true, false in self.lies.items():
            content = content.replace(true, false)
        known = {name: found.headers[name] for name in HEADERS if name in found.headers}
        named = {name.title(): value for name, value in known.items()}
        return Reply(status=found.status_code, content=content, headers=named)


def change(file: Path, sql: str) -> None:
    """Change a database behind the bank's back."""
    with sqlite3.connect(file) as connection:
        connection.execute(sql)
    connection.close()


def test_every_figure_is_told_whole_and_in_short(run: Run, folder: Path) -> None:
    """One object with all rows, and a page for people in their language."""
    whole = run(folder, "--json").figures()
    page = run(folder)
    chinese = run(folder, language="zh_CN.UTF-8")

    assert whole["verified"] is True
    lots, balances = whole["lots"], whole["balances"]
    assert isinstance(lots, list)
    assert isinstance(balances, list)
    assert whole["summary"]["lots"]["count"] == len(lots)  # type: ignore[index]  # plain JSON
    assert {"members", "rules", "enrolments", "exchanges", "periods"} <= whole.keys()
    assert "trial balance" in page.out
    assert "试算平衡" in chinese.out


def test_a_past_is_replayed_up_to_a_position_or_an_instant(
    run: Run, folder: Path
) -> None:
    """And what was recorded later is not known; what is no past is refused."""
    whole = run(folder, "--json").figures()
    early = run(folder, "--as-of", "5", "--json").figures()
    then = run(folder, "--as-of", str(early["recorded_at"]), "--json").figures()
    dated = run(folder, "--effective-on", "2026-01-01", "--json").figures()

    assert (early["position"], early["root"]) == (5, whole["root"])
    assert int(str(then["position"])) >= 5
    assert dated["lots"] == []
    for words in (("--as-of", "99999"), ("--as-of", "2001-01-01T00:00:00.000Z")):
        assert run(folder, *words).code == 2
    for words in (("--as-of", "today"), ("--effective-on", "1 May")):
        assert run(folder, *words).code == 2


def test_a_bank_that_shows_what_its_log_gives_passes(run: Run, copy: Path) -> None:
    """All its tables, none of them different."""
    found = run(copy, "--against", copy, "--json").figures()

    assert (found["verdict"], found["differences"]) == ("pass", 0)
    assert "every value is what the log gives" in run(copy, "--against", copy).out


def test_tables_of_an_earlier_release_are_no_differences(run: Run, copy: Path) -> None:
    """A bank that was upgraded makes them anew first; nothing else is said of it."""
    with sqlite3.connect(copy / "ledger.db") as connection:
        connection.execute("ALTER TABLE state_lots RENAME COLUMN other_path TO path")
    connection.close()

    told = run(copy, "--against", copy)

    assert told.code == 4
    assert "state_lots" in told.err
    assert "project --rebuild-state" in told.err


def test_a_changed_cell_is_named_in_credits(run: Run, copy: Path) -> None:
    """With table, key, column, what is shown and what it should be."""
    change(copy / "ledger.db", "UPDATE state_lots SET available_milli = 9500")
    change(copy / "projections.db", "DELETE FROM lot_moves WHERE number = 0")

    found = run(copy, "--against", copy, "--json")
    told = run(copy, "--against", copy)

    assert (found.code, told.code) == (1, 1)
    report = orjson.loads(found.out)
    assert {one["table"] for one in report["listed"]} == {"state_lots", "lot_moves"}
    lot = next(one for one in report["listed"] if one["table"] == "state_lots")
    assert (lot["column"], lot["shown"]) == ("available_milli", "9.5")
    assert lot["key"].startswith("award_id=award_")
    assert report["differences"] == len(report["listed"])
    assert "shown 9.5, recomputed" in told.out
    assert "shown no row, recomputed a row" in told.out


def test_a_log_that_fails_verification_is_not_replayed(run: Run, copy: Path) -> None:
    """The first bad position is named; told to trust it, the command says so."""
    sql = "UPDATE stored_events SET topic = 'credit.awarded.v2'"
    change(copy / "ledger.db", f"{sql} WHERE notification_id = 9")

    found = run(copy, "--json")
    trusted = run(copy, "--skip-verify")

    assert found.code == 1
    assert orjson.loads(found.out)["position"] == 8
    assert trusted.code == 0
    assert "NOT VERIFIED" in trusted.out


def test_a_story_ends_with_the_number_that_is_shown(
    run: Run, bank: HttpBank, folder: Path
) -> None:
    """Line by line, each with a proof that leads to the verified root."""
    found = run(folder, "--explain", LEARNER, "--json").figures()

    lines: list[Json] = found["lines"]  # type: ignore[assignment]  # plain JSON
    shown = bank.read(f"/v1/learners/{LEARNER}/balance", as_of_position=bank.size() - 1)
    issued: list[Json] = shown["issued"]  # type: ignore[assignment]  # plain JSON
    ends: Json = found["ends"]  # type: ignore[assignment]  # plain JSON
    for part, amount in ends.items():
        assert sum(float(one[part]) for one in issued) == float(amount)
    assert found["disagreements"] == []
    assert len({line["statement_id"] for line in lines}) > 10
    for line in lines:
        proof = line["proof"]
        verify_inclusion(
            b64decode(proof["leaf_hash"]),
            InclusionProof(
                position=line["position"],
                size=proof["size"],
                path=tuple(map(b64decode, proof["path"])),
            ),
            root=b64decode(str(found["root"])),
        )


def test_a_story_is_told_in_both_languages(run: Run, folder: Path) -> None:
    """Every movement has words; what is no subject of the ledger is refused."""
    english = run(folder, "--explain", LEARNER)
    chinese = run(folder, "--explain", LEARNER, language="zh_CN.UTF-8")
    award = english.out.split("award_")[1].split()[0]
    one = run(folder, "--explain", f"award_{award}", "--effective-on", "2026-01-01")
    nobody = run(folder, "--explain", "learner_x")

    assert "recognised by case" in english.out
    assert "the lines add up" in english.out
    assert "逐行合计" in chinese.out
    assert "holds only from" in one.out
    assert (nobody.code, "neither an award nor a learner" in nobody.err) == (3, True)


def test_a_running_bank_is_asked_side_by_side(
    run: Run, bank: HttpBank, folder: Path
) -> None:
    """An honest one passes; one that shows more than the log gives is caught."""
    with served(WholeFace(bank)) as url:
        honest = run(folder, "--against", url, "--json").figures()
    with served(WholeFace(bank, lies={b'"earned":"': b'"earned":"1'})) as url:
        lying = run(folder, "--against", url, "--learner", LEARNER, "--json")

    assert (honest["verdict"], honest["differences"]) == ("pass", 0)
    compared: Json = honest["compared"]  # type: ignore[assignment]  # plain JSON
    assert compared["moved"] is False
    assert compared["answers"] > 20
    report = orjson.loads(lying.out)
    assert lying.code == 1
    assert {one["column"] for one in report["listed"]} == {"/earned"}
    assert any("/balance?as_of_position=" in one["table"] for one in report["listed"])


def test_what_cannot_be_compared_is_said(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    """A database has no past, a story is not compared, and a text is no ledger."""
    (tmp_path / "text").write_text("a registrar's list")
    story = ("--explain", LEARNER)

    assert run(folder, "--against", folder, "--as-of", "3").code == 2
    assert run(folder, "--against", folder, "--effective-on", "2026-01-01").code == 2
    assert run(folder, "--against", folder, *story).code == 2
    assert run(folder, "--against", tmp_path / "text").code == 3
    assert run(folder, "--against", tmp_path / "absent").code == 3
    assert run(tmp_path / "text").code == 3
    assert run(folder, "--against", "http://127.0.0.1:9").code == 4
