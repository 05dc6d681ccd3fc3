"""A transcript proves itself to whoever knows the ledger's name, and no other does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from client.document_answers import Transcript
from client.errors import AnotherLedgerError, BankFaultError
from client.transcripts import verify_transcript
from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import case
from tests.consortium_names import SECOND
from tests.e2e.cli_machine import Ran, run_command
from tests.e2e.documented import ServedFace, remote
from tests.e2e.http_bank import HttpBank
from tests.unit.client.serving import served

Json = dict[str, Any]  # Any: plain JSON.
Harm = Callable[[Json], None]
Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def bank(archive: HttpBank) -> HttpBank:
    """Serve one bank, which nothing here changes."""
    return archive


@pytest.fixture(scope="module")
def transcript(bank: HttpBank) -> Transcript:
    """Read the learner's transcript as a school's own system does."""
    with remote(bank) as opened:
        return opened.transcript(LEARNER)


@pytest.fixture(scope="module")
def run(bank: HttpBank) -> Iterator[Run]:
    """Run commands against the bank, on a machine that speaks English or Chinese."""
    with served(ServedFace(bank)) as url:

        def go(*words: str | Path, language: str = "C") -> Ran:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SKILLBANK_URL", url)
                patch.setenv("SKILLBANK_LEDGER", bank.ledger)
                patch.setenv("LC_ALL", language)
                return run_command(*words)

        yield go


def test_a_transcript_proves_every_lot(bank: HttpBank, transcript: Transcript) -> None:
    """Singles, lines of a batch, what exchanges made, and what was amended since."""
    verify_transcript(transcript, ledger=bank.ledger)

    assert (len(transcript.studied), len(transcript.recognised)) == (8, 2)
    assert sum(bool(lot.amended_at) for lot in transcript.lots) == 1


def test_pages_are_put_together(bank: HttpBank, transcript: Transcript) -> None:
    """Whatever their size, it is the same transcript, and proven."""
    with remote(bank, page=3) as opened:
        found = opened.transcript(LEARNER)

    assert found == transcript


def test_a_transcript_read_back_from_a_file_proves_the_same(
    bank: HttpBank, transcript: Transcript
) -> None:
    """What is left out as empty was empty."""
    raw = transcript.model_dump_json(exclude_none=True)

    again = Transcript.model_validate_json(raw)

    assert again == transcript
    verify_transcript(again, ledger=bank.ledger)


def own(document: Json) -> Json:
    """Return a lot that was neither amended nor converted."""
    found: Json = next(lot for lot in document["studied"] if not lot["amended_at"])
    return found


def made(document: Json) -> Json:
    """Return a lot that an exchange made."""
    found: Json = document["recognised"][0]
    return found


def put(pick: Callable[[Json], Json], name: str, *, value: object = None) -> Harm:
    """Return the harm of another value in a lot."""

    def harm(document: Json) -> None:
        pick(document)[name] = value

    return harm


def swap(name: str) -> Harm:
    """Return the harm of taking part of one lot's proof for another's."""

    def harm(document: Json) -> None:
        one, other = (lot["proof"] for lot in document["studied"][1:3])
        one[name], other[name] = other[name], one[name]

    return harm


def of_proof(document: Json) -> Json:
    """Return the proof of a lot."""
    found: Json = own(document)["proof"]
    return found


def first_proofs(document: Json) -> Json:
    """Return what the proofs rest on."""
    found: Json = document["proofs"][0]
    return found


LEVEL = {"framework": "x/levels", "code": "1"}
BODY = {"name": "某大学", "code": None, "scheme": "degree"}


def item(document: Json) -> Json:
    """Return the catalogue item of a lot."""
    found: Json = own(document)["achievement"]
    return found


def of_item(document: Json) -> Json:
    """Return the proof of a catalogue item."""
    found: Json = document["catalogue"][0]["proof"]
    return found


HARMS: dict[str, Harm] = {
    "more-credits": put(own, "awarded", value="30"),
    "another-account": put(own, "learner_id", value=SECOND),
    "another-member": put(own, "issuer", value={"member_id": "famous-university"}),
    "another-id": put(own, "award_id", value="award_" + "0" * 36),
    "another-course": put(own, "achievement", value={"achievement": "x/GOLD@1"}),
    "no-course": put(own, "achievement"),
    "passed-after-all": put(own, "passed", value=False),
    "a-level": put(own, "level", value=LEVEL),
    "a-workload": put(own, "workload", value={"value": "300", "unit": "hour"}),
    "another-title": put(item, "title", value="外科学"),
    "another-kind": put(item, "kind", value="skill_certificate"),
    "another-item-level": put(item, "level", value=LEVEL),
    "another-body": put(item, "awarding_body", value=BODY),
    "no-catalogue": lambda one: one.update(catalogue=[]),
    "another-items-entry": lambda one: of_item(one).update(of_proof(one)),
    "item-not-proven": put(of_item, "path", value=[]),
    "another-day": put(own, "assessed_on", value="2020-01-01"),
    "another-basis": put(own, "basis", value="attested"),
    "longer-validity": put(own, "valid_until", value="2099-01-01"),
    "studied-shown-as-recognised": lambda one: own(one).update(
        exchange=made(one)["exchange"]
    ),
    "recognised-shown-as-studied": put(made, "exchange"),
    "another-case": lambda one: made(one)["exchange"].update(exchange_id=case(9)),
    "another-outcome": put(made, "outcome", value="exam_waived"),
    "another-requirement": put(made, "requirement", value="WELDING"),
    "more-recognised": put(made, "awarded", value="2"),
    "recognised-by-another": put(
        made, "issuer", value={"member_id": "famous-university"}
    ),
    "recognised-for-another": put(made, "learner_id", value=SECOND),
    "from-another-source": lambda one: made(one)["derived_from"][0].update(
        award_id="award_" + "0" * 36
    ),
    "another-lot-made": put(made, "award_id", value="award_" + "0" * 36),
    "another-statement": put(own, "statement", value={"iss": SCHOOL, "id": case(1)}),
    "another-hash": put(of_proof, "entry_hash", value="A" * 43),
    "another-position": put(of_proof, "position", value=1),
    "another-size": put(of_proof, "size", value=1),
    "path-cut": put(of_proof, "path", value=[]),
    "path-malformed": put(of_proof, "path", value=["x"]),
    "entry-malformed": put(of_proof, "entry", value="*"),
    "entries-swapped": swap("entry"),
    "paths-swapped": swap("path"),
    "another-ledger": put(
        first_proofs, "ledger", value="bank.example/other#" + "A" * 43
    ),
    "no-checkpoint": put(first_proofs, "checkpoint", value="x"),
    "no-founding": put(first_proofs, "founding", value="x"),
    "no-proofs": lambda one: one.update(proofs=[]),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_whatever_is_changed_in_a_transcript_is_found(
    bank: HttpBank, transcript: Transcript, harm: Harm
) -> None:
    """Credits, dates, names, and every part of a proof."""
    document = orjson.loads(transcript.model_dump_json())
    harm(document)
    harmed = Transcript.model_validate_json(orjson.dumps(document))

    with pytest.raises(BankFaultError):
        verify_transcript(harmed, ledger=bank.ledger)


def test_another_ledgers_name_is_not_proven(transcript: Transcript) -> None:
    """A forger would send the name along."""
    with pytest.raises(AnotherLedgerError):
        verify_transcript(transcript, ledger="bank.example/test#" + "A" * 43)


def test_the_command_prints_and_checks_a_transcript(
    bank: HttpBank, run: Run, tmp_path: Path
) -> None:
    """As a document, whose check needs no bank; a forged one is exit code 1."""
    shown = run("transcript", LEARNER, "--check", language="zh_CN.UTF-8")
    data = run("transcript", LEARNER, "--json")
    file = tmp_path / "transcript.json"
    file.write_text(data.out)

    assert shown.out.startswith("学习成果与学分证明\n")
    assert "认定所得学分：" in shown.out
    assert "已核验 10 个学分批次；其中 1 个事后有更正。" in shown.err
    name = ("--ledger", bank.ledger)
    offline = run("audit", "transcript", file, *name)
    assert (offline.code, "Proven: 10 lots" in offline.err) == (0, True)
    assert "awarded: 2" in offline.out
    nameless = run("audit", "transcript", file)
    assert (nameless.code, nameless.out) == (4, f"{bank.ledger}\n")
    file.write_text(data.out.replace('"awarded": "3"', '"awarded": "300"', 1))
    forged = run("audit", "transcript", file, *name)
    assert (forged.code, forged.out) == (1, "")
    file.write_text("{}")
    assert run("audit", "transcript", file, *name).code == 3


def test_the_command_tells_progress_in_the_machines_language(run: Run) -> None:
    """The sentence, what can be done, and what happened."""
    chinese = run("progress", LEARNER, language="zh_CN.UTF-8")
    english = run("progress", LEARNER, "--closed-days", "30")
    data = run("progress", LEARNER, "--json").figures()
    none = run("progress", SECOND)

    assert f"  在{SCHOOL}二级学院办理" in chinese.out
    assert "应于9月3日前办结。" in chinese.out
    assert "  → 可经受理单位撤回申请" in chinese.out
    assert "Closed on 1 September: accepted." in english.out
    kinds = [one["kind"] for one in data["cases"]]  # type: ignore[attr-defined]
    assert kinds == ["exchange", "exchange", "review"]
    assert (none.code, none.out, none.err) == (0, "", "No open cases.\n")


def test_the_command_prints_the_forms_of_a_case(run: Run) -> None:
    """Both once it is accepted, the first alone before."""
    chinese = run("exchange", "forms", case(2), language="zh_CN.UTF-8")
    waiting = run("exchange", "forms", case(4))
    notice = ("--notice-workdays", "3", "--json")
    data = run("exchange", "forms", case(2), *notice).figures()

    assert "## 学分认定（转换）申请审批表" in chinese.out
    assert "## 学分认定（转换）公示表" in chinese.out
    assert "意见：同意" in chinese.out
    assert "经办人代号：d1" in chinese.out
    assert "认定结果：任选课学分" in chinese.out
    assert "## Application for recognition of credits" in waiting.out
    assert waiting.out.count("## ") == 1
    assert waiting.err == "No notice until it is accepted.\n"
    assert data["notice"]["notice_until"] == "2026-09-04"  # type: ignore[index]
