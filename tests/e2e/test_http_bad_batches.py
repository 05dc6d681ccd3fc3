"""A batch is all or nothing, and a refusal lists every line at fault."""

from collections.abc import Callable, Iterator

import orjson
import pytest

from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, batch_root
from ledger.integrity.encoding import b64encode
from ledger.integrity.jws import BATCH_TYP, sign_jws
from tests.bank import OPERATOR, SCHOOL
from tests.e2e.http_bank import BATCH, HttpBank, check_problem, serving
from tests.e2e.http_refusing import Refused, Sent, check_refused


@pytest.fixture(scope="module", params=[False, True], ids=["here", "apart"])
def bank(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HttpBank]:
    """Serve one bank for all: what is refused leaves nothing to meet again."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(
        folder, f"sqlite:///{folder / 'ledger.db'}", apart=request.param
    ) as served:
        yield served


def lines_of(bank: HttpBank, count: int = 4) -> list[bytes]:
    """Return the statements of a good batch."""
    return [canonical.dumps(bank.award(str(number))) for number in range(count)]


def signed(bank: HttpBank, statements: list[bytes], **changes: object) -> bytes:
    """Return the header of a batch over these statements."""
    header = bank.statement(SCHOOL, "", body={})
    payload = {name: header[name] for name in ("id", "iss", "aud", "iat", "exp")}
    over = {"count": len(statements), "root": batch_root(statements)}
    raw = canonical.dumps({**payload, "type": "batch.v1", **over, **changes})
    return sign_jws(bank.keys[SCHOOL], raw, typ=BATCH_TYP)


def framed(header: bytes, statements: list[bytes]) -> Sent:
    """Put lines under a header."""
    lines = [b'{"disclosures":[],"statement":' + one + b"}" for one in statements]
    return Sent(b"\n".join([header, *lines, b""]), BATCH)


def headed(**changes: object) -> Callable[[HttpBank], Sent]:
    """Sign a header that does not fit its lines."""

    def make(bank: HttpBank) -> Sent:
        statements = lines_of(bank)
        return framed(signed(bank, statements, **changes), statements)

    return make


def changed(
    change: Callable[[list[bytes]], list[bytes]],
) -> Callable[[HttpBank], Sent]:
    """Change the lines after the header was signed."""

    def make(bank: HttpBank) -> Sent:
        statements = lines_of(bank)
        return framed(signed(bank, statements), change(statements))

    return make


def resigned(
    change: Callable[[list[bytes]], list[bytes]],
) -> Callable[[HttpBank], Sent]:
    """Change the lines before the header is signed."""

    def make(bank: HttpBank) -> Sent:
        statements = change(lines_of(bank))
        return framed(signed(bank, statements), statements)

    return make


def spaced(statements: list[bytes]) -> list[bytes]:
    """Spell one line in another way."""
    return [statements[0].replace(b'":"', b'": "'), *statements[1:]]


def too_large(_: HttpBank) -> Sent:
    """Send more than eight MiB."""
    return Sent(b"a" * (8 * 1024 * 1024 + 1), BATCH)


def too_many(bank: HttpBank) -> Sent:
    """Send one line too many."""
    return framed(signed(bank, [b"{}"]), [b"{}"] * 1001)


def signed_by_another(bank: HttpBank) -> Sent:
    """Sign the header with the operator's key."""
    header, *rest = bank.batch_bytes(SCHOOL, [bank.award("1")]).split(b"\n")
    payload = canonical.dumps({"x": 1})
    token = sign_jws(bank.keys[OPERATOR], payload, typ=BATCH_TYP).split(b".")
    parts = header.split(b".")
    return Sent(b"\n".join([b".".join([*parts[:2], token[2]]), *rest]), BATCH)


def single_as_batch(bank: HttpBank) -> Sent:
    """Send one statement as if it were a batch."""
    return Sent(bank.sign(bank.award("1")), BATCH)


def batch_twice(bank: HttpBank) -> Sent:
    """Use the id of an accepted batch for another."""
    identity = "0" * 8 + "-1111-4111-8111-" + "1" * 12
    one, two = ([canonical.dumps(bank.award(name))] for name in ("once", "twice"))
    first = signed(bank, one, id=identity)
    assert bank.send(*framed(first, one)).status_code == 201
    second = signed(bank, two, id=identity)
    return framed(second, two)


CASES = [
    Refused("root", headed(root="A" * 43), 400, "batch-root-mismatch", "/root"),
    Refused("count", headed(count=5), 400, "batch-count-mismatch", "/count"),
    Refused("none", headed(count=0), 400, "malformed-batch-header", "/count"),
    Refused("swapped", changed(lambda all_: all_[::-1]), 400, "batch-root-mismatch"),
    Refused("dropped", changed(lambda all_: all_[1:]), 400, "batch-count-mismatch"),
    Refused("form", resigned(spaced), 400, "malformed-batch-line", "/statement"),
    Refused("json", resigned(lambda a: [*a, b"{"]), 400, "malformed-batch-line"),
    Refused("extra", headed(more=1), 400, "malformed-batch-header", "/more"),
    Refused("ledger", headed(aud="other#x"), 422, "wrong-ledger", "/aud"),
    Refused("large", too_large, 413, "body-too-large"),
    Refused("many", too_many, 400, "too-many-lines"),
    Refused("signature", signed_by_another, 403, "signature-invalid"),
    Refused("single", single_as_batch, 400, "unexpected-typ", "/typ"),
    Refused("twice", batch_twice, 409, "statement-id-conflict", "/id"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_wrong_batch_leaves_nothing(bank: HttpBank, case: Refused) -> None:
    """None of its lines is stored, good ones neither."""
    check_refused(bank, case)


def test_every_line_of_the_wrong_form_is_listed(bank: HttpBank) -> None:
    """Before the rules are asked."""
    statements = [bank.award(str(number)) for number in range(6)]
    for number in (1, 4):
        del statements[number]["actor"]
    statements[2] |= {"iss": OPERATOR}

    before = bank.size()
    answer = bank.send(bank.batch_bytes(SCHOOL, statements), BATCH)

    problem = check_problem(answer, (422, "lines-refused"))
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert [(one["line"], one["pointer"], one["code"]) for one in errors] == [
        (1, "/actor", "missing-field"),
        (2, "/iss", "not-the-batch-issuer"),
        (4, "/actor", "missing-field"),
    ]
    assert bank.size() == before


def test_every_line_against_a_rule_is_listed_with_evidence(bank: HttpBank) -> None:
    """And the rest, signed again, is accepted."""
    good = [bank.award(f"good-{number}") for number in range(5)]
    bad = [bank.award("a", credits="4"), bank.award("b", passed=False)]
    statements = [good[0], bad[0], *good[1:], bad[1]]

    before = bank.size()
    answer = bank.send(bank.batch_bytes(SCHOOL, statements), BATCH)
    again = bank.send(bank.batch_bytes(SCHOOL, good), BATCH)

    problem = check_problem(answer, (422, "lines-refused"))
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert [(one["line"], one["code"]) for one in errors] == [
        (1, "credits-above-achievement"),
        (6, "not-passed-with-credits"),
    ]
    assert problem["refusal"]
    assert answer.headers["x-ledger-position"] == str(before - 1)
    assert again.status_code == 201
    assert bank.size() == before + 6
    bank.check_log()


def test_no_line_is_left_out_however_many_faults_there_are(bank: HttpBank) -> None:
    """A thousand lines with three faults each are a thousand lines to correct."""
    statements = [bank.award(str(number)) for number in range(1000)]
    for one in statements:
        one |= {"actor": 1, "iat": 1, "exp": 1}

    before = bank.size()
    answer = bank.send(bank.batch_bytes(SCHOOL, statements), BATCH)

    problem = check_problem(answer, (422, "lines-refused"))
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert [one["line"] for one in errors] == list(range(1000))
    assert bank.size() == before


def test_a_disclosure_without_its_digest_names_its_line(bank: HttpBank) -> None:
    """And what it would have disclosed is nowhere in the answer."""
    lines = [BatchLine(statement=one) for one in lines_of(bank, 2)]
    raw = bank.seal_lines(lines)
    secret = orjson.dumps(["s" * 22, "score", "SECRET"])
    encoded = b64encode(secret).encode()
    header, first, second, last = raw.split(b"\n")
    second = second.replace(b'"disclosures":[]', b'"disclosures":["' + encoded + b'"]')

    answer = bank.send(b"\n".join([header, first, second, last]), BATCH)

    problem = check_problem(answer, (422, "lines-refused"))
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert [(one["line"], one["code"]) for one in errors] == [
        (1, "disclosure-without-digest")
    ]
    assert "SECRET" not in answer.text
    assert encoded.decode() not in answer.text
