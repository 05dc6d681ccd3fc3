"""The operator's own commands on the vault, beside the bank that uses it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from api.cli.main import build
from ledger.integrity.disclosures import Disclosure, make_disclosure
from ledger.integrity.encoding import b64encode
from tests.bank import LEARNER, SCHOOL
from tests.e2e.cli_machine import Ran
from tests.e2e.http_bank import SECOND, HttpBank, serving

NAME, NUMBER, SCORE = "王小明", "S-2026-0417", "A-PRIVATE-93"
RETAIN = ("--class", "transcript", "--basis", "档案管理办法", "--until", "2999-07-01")
Run = Callable[..., Ran]


def disclosure(name: str, value: object) -> Disclosure:
    """Return a disclosure whose salt is always the same."""
    return make_disclosure(name, value, salt="s" * 22)


@pytest.fixture
def bank(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve a bank whose vault knows a learner by name, number and score."""
    with serving(tmp_path, database_url) as served:
        person = (disclosure("name", NAME), disclosure("student_number", NUMBER))
        opened = {"learner_id": SECOND, "mode": "provisional"}
        disclose(served, "account.opened.v1", body=opened, values=person)
        graded = served.award("R-1", learner_id=SECOND)["body"]
        assert isinstance(graded, dict)
        score = (disclosure("score", SCORE),)
        disclose(served, "credit.awarded.v1", body=graded, values=score)
        yield served


@pytest.fixture
def vault(bank: HttpBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the vault, on the bank's machine."""
    keys = tmp_path / "keys"
    monkeypatch.setenv("SKILLBANK_DATABASE_URL", bank.url)
    monkeypatch.setenv("SKILLBANK_BANK_KEYS_DIR", str(keys))
    monkeypatch.setenv("SKILLBANK_VAULT_KEY", b64encode(b"v" * 32))

    def go(*arguments: str, stdin: str = "") -> Ran:
        words = ["vault", *arguments, "--data", str(tmp_path)]
        found = CliRunner().invoke(build("vault"), words, input=stdin)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Ran(code=found.exit_code, out=found.stdout, err=found.stderr)

    return go


def disclose(
    bank: HttpBank,
    type_name: str,
    *,
    body: Mapping[str, object],
    values: tuple[Disclosure, ...],
) -> None:
    """Post a statement of the school together with what it discloses."""
    digests = [one.digest for one in values]
    statement = bank.statement(SCHOOL, type_name, body={**body, "_sd": digests})
    answer = bank.send(bank.sign(statement, disclosures=values))
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("by", "value"), [("name", NAME), ("student-number", " s 2026 0417\n")]
)
def test_a_learner_is_found_by_what_a_member_disclosed(
    vault: Run, by: str, value: str
) -> None:
    """Read from stdin, in any spelling; what was looked for is not printed."""
    found = vault("find", by, stdin=value)
    of_school = vault("find", by, "--member", SCHOOL, "--json", stdin=value)
    of_another = vault("find", by, "--member", "south-college", stdin=value)

    assert found.out == f"{SECOND}  {SCHOOL}\n"
    assert of_school.figures() == {
        "learners": [{"learner_id": SECOND, "member": SCHOOL}]
    }
    assert (of_another.code, of_another.out) == (0, "")
    for ran in (found, of_school, of_another):
        assert value.strip() not in ran.out + ran.err


def test_what_is_held_about_a_learner_is_shown(vault: Run) -> None:
    """Each value with the member and the statement that disclosed it."""
    shown = vault("show", SECOND)
    figures = vault("show", SECOND, "--json").figures()
    nobody = vault("show", LEARNER)

    for name, value in (("name", NAME), ("student_number", NUMBER), ("score", SCORE)):
        assert f"{name}: {value}  ({SCHOOL}, statement " in shown.out
    values = figures["values"]
    assert isinstance(values, list)
    assert {one["value"] for one in values} == {NAME, NUMBER, SCORE}
    assert (nobody.code, nobody.out) == (0, "")
    assert "holds nothing" in nobody.err


def test_an_erasure_takes_every_value_and_leaves_the_log_whole(
    bank: HttpBank, vault: Run, tmp_path: Path
) -> None:
    """The running bank knows nothing more, keeps nothing more, and still proves all."""
    entries, balance = list(bank.raw_entries()), bank.read(balance_of(SECOND))

    erased = vault("erase", SECOND, stdin=f"{SECOND}\n")
    again = vault("erase", SECOND, "--yes")
    score = (disclosure("score", "A-PRIVATE-94"),)
    body = bank.award("R-2", learner_id=SECOND)["body"]
    assert isinstance(body, dict)
    disclose(bank, "credit.awarded.v1", body=body, values=score)

    assert (erased.code, again.code) == (0, 0)
    for said in ("nobody can undo it", "audit still passes", "Backups of the vault"):
        assert said in erased.err
    shown, found = vault("show", SECOND), vault("find", "name", stdin=NAME)
    assert (shown.code, found.code) == (3, 0)
    assert "undisclosed, for ever" in shown.err
    told = "".join(ran.out + ran.err for ran in (erased, again, shown, found))
    for value in (NAME, NUMBER, SCORE, "A-PRIVATE", "s" * 22):
        assert value not in told
    assert list(bank.raw_entries())[: len(entries)] == entries
    assert bank.read(balance_of(SECOND))["earned"] == "6"
    assert balance["earned"] == "3"
    bank.check_log()
    kept = b"".join(one.read_bytes() for one in tmp_path.glob("vault.db*"))
    assert SECOND.encode() in kept
    assert b"A-PRIVATE" not in kept


def balance_of(learner_id: str) -> str:
    """Return where a balance is read."""
    return f"/v1/learners/{learner_id}/balance"


@pytest.mark.parametrize("typed", ["", "no\n", f"{LEARNER}\n", "yes\n"])
def test_without_the_id_typed_once_more_nothing_is_erased(
    vault: Run, typed: str
) -> None:
    """It cannot be undone, so a wrong line in a history must not do it."""
    ran = vault("erase", SECOND, stdin=typed)

    assert (ran.code, ran.out) == (3, "")
    assert NAME in vault("show", SECOND).out


def test_while_a_law_keeps_a_learners_values_none_erases_them(vault: Run) -> None:
    """The date is told; after a correction of the date they can be erased."""
    noted = vault("retain", SECOND, *RETAIN)
    refused = vault("erase", SECOND, "--yes")
    still = vault("show", SECOND)
    vault("retain", SECOND, *RETAIN[:-1], "2020-07-01")
    erased = vault("erase", SECOND, "--yes")

    assert (noted.code, refused.code, erased.code) == (0, 3, 0)
    assert "2999-07-01: nothing was erased" in refused.err
    assert NAME in still.out


def test_nothing_of_the_vault_is_reached_over_http(bank: HttpBank) -> None:
    """No path of the bank has to do with it, and no answer holds a value."""
    document = bank.client.get("/openapi.json").json()

    assert not [path for path in document["paths"] if "vault" in path]
    for path in (balance_of(SECOND), f"/v1/learners/{SECOND}/trail", "/v1/entries"):
        text = orjson.dumps(bank.read(path)).decode()
        assert not [one for one in (NAME, NUMBER, SCORE) if one in text]
