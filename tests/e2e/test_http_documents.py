"""Documents over HTTP: complete, in two languages, bounded, and of one learner only."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from api.wording import LANGUAGES
from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import case
from tests.consortium_names import OTHER, SECOND
from tests.e2e.http_bank import HttpBank, check_problem, next_of
from tests.e2e.http_cases import path_of

Json = dict[str, Any]  # Any: plain JSON.
TECHNICAL = {"proof", "labels", "words", "language", "next"}
CODED = {"kind", "basis", "status", "effect", "outcome", "mode", "act", "reason_code"}
FORMS = f"/v1/exchanges/{case(2)}/forms"


@pytest.fixture(scope="module")
def bank(archive: HttpBank) -> HttpBank:
    """Serve one bank, which nothing here changes."""
    return archive


def ask(bank: HttpBank, path: str, *, language: str = "en", **query: str | int) -> Json:
    """Ask in a language."""
    headers = {"Accept-Language": language}
    answer = bank.client.get(path, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    if "language" in found:
        assert answer.headers["content-language"] == found["language"] == language
        assert answer.headers["vary"] == "Accept-Language"
    return found


def fields(value: object) -> Iterator[tuple[str, object]]:
    """Yield every field of a document that is for people, with its value."""
    if isinstance(value, list):
        for one in value:
            yield from fields(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in TECHNICAL:
                yield name, one
                yield from fields(one)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_label_and_every_code_a_word(
    bank: HttpBank, language: str
) -> None:
    """Of a transcript, both forms and the progress, in either language."""
    transcript = ask(bank, path_of("transcript"), language=language)
    progress = ask(bank, path_of("progress"), language=language, closed_days=30)
    forms = ask(bank, FORMS, language=language)
    printed = (
        (transcript, transcript["labels"]),
        (progress["cases"], progress["labels"]),
        (forms["application"], forms["labels"][language]["application"]),
        (forms["notice"], forms["labels"][language]["notice"]),
    )
    words = transcript["words"]

    assert forms["words"][language] == words
    for document, labels in printed:
        assert labels["document_title"]
        for name, value in fields(document):
            assert labels.get(name), name
            if name in CODED and isinstance(value, str):
                assert words.get(value), (name, value)


def test_the_languages_differ_in_words_only(bank: HttpBank) -> None:
    """The data are the same; a Chinese label is never left in English."""
    chinese, english = (
        ask(bank, path_of("transcript"), language=language)
        for language in ("zh-CN", "en")
    )
    labels = chinese["labels"], english["labels"]

    assert labels[0]["issuer"] == "授予单位"
    assert labels[1]["issuer"] == "awarded by"
    assert labels[0].keys() == labels[1].keys()
    assert all(not text.isascii() for text in labels[0].values())
    assert all(text.isascii() for text in labels[1].values())
    for one in (chinese, english):
        for name in ("labels", "words", "language"):
            del one[name]
    assert chinese == english


def test_a_transcript_keeps_studied_and_recognised_apart(bank: HttpBank) -> None:
    """As between schools; its first page has sums and enrolments."""
    found = ask(bank, path_of("transcript"))
    balance: Json = bank.read(path_of("balance"))

    assert len(found["studied"]) == 8
    assert [lot["awarded"] for lot in found["recognised"]] == ["1", "1"]
    for name in ("earned", "issued", "recognised_at", "account"):
        assert found[name] == balance[name]
    (enrolment,) = found["enrolments"]
    assert enrolment["programme"]["title"] == "焊接技术"
    recognised = {
        lot["award_id"]: [one["member"]["member_id"] for one in lot["recognised"]]
        for lot in found["studied"]
    }
    assert sorted(map(tuple, recognised.values())) == [()] * 6 + [(SCHOOL,)] * 2
    flagged = [lot for lot in found["recognised"] if lot["flags"]]
    assert [one["flags"][0]["cause"] for one in flagged] == ["source_revoked"]
    statements = {lot["statement"]["iss"] for lot in found["studied"]}
    assert statements == {SCHOOL, OTHER}


def test_a_transcript_goes_page_by_page(bank: HttpBank) -> None:
    """Every lot once, in order; the head stands on the first page only."""
    whole = ask(bank, path_of("transcript"))
    url: str | None = f"{path_of('transcript')}?limit=3"
    seen, heads = [], []
    while url is not None:
        answer = bank.client.get(url)
        found = answer.json()
        lots = found["studied"] + found["recognised"]
        assert len(lots) <= 3
        seen += sorted(lot["position"] for lot in lots)
        heads.append("enrolments" in found)
        url = next_of(answer)

    assert heads == [True, False, False, False]
    assert seen == sorted(
        lot["position"] for lot in whole["studied"] + whole["recognised"]
    )


def test_a_transcript_of_the_past_is_the_past(bank: HttpBank) -> None:
    """As of a position, and on a date; what is asked for is repeated."""
    now = ask(bank, path_of("transcript"))
    position = now["studied"][0]["position"]
    then = ask(bank, path_of("transcript"), as_of_position=position)
    before = ask(bank, path_of("transcript"), effective_on="2026-06-29")

    assert then["as_of_position"] == position
    (lot,) = then["studied"]
    assert (lot["assessed_on"], lot["amended_at"]) == ("2026-06-30", [])
    (moved,) = before["studied"]
    assert moved["assessed_on"] == "2026-06-29"
    assert moved["award_id"] == lot["award_id"]
    assert before["effective_on"] == "2026-06-29"
    assert before["enrolments"] != []


def test_progress_speaks_as_a_registrar_does(bank: HttpBank) -> None:
    """Where, which step, by when; what is missing; and in English the same."""
    chinese = ask(bank, path_of("progress"), language="zh-CN", closed_days=1)
    english = ask(bank, path_of("progress"), closed_days=1)

    texts = {one["case_id"]: one["text"] for one in chinese["cases"]}
    assert texts[case(4)] == (
        f"在{SCHOOL}二级学院办理（第1环节，共1个环节），应于9月3日前办结。"
    )
    assert texts[case(3)] == f"已退回，由{SCHOOL}补正：应为全部，应于9月3日前办结。"
    assert texts[case(2)] == "已认定，9月1日办结。"
    review = next(one for one in chinese["cases"] if one["kind"] == "review")
    assert review["text"] == f"待{SCHOOL}复核（来源成果已撤销），应于10月1日前决定。"
    told = {one["case_id"]: one["text"] for one in english["cases"]}
    assert told[case(4)] == (
        f"With the dean of {SCHOOL} (step 1 of 1), due by 3 September."
    )
    waiting = next(one for one in english["cases"] if one["case_id"] == case(4))
    assert waiting["can_do"][0]["text"].startswith("wait")
    assert waiting["history"][0]["text"] == f"1 September, {SCHOOL}, handed in"


def test_progress_goes_page_by_page(bank: HttpBank) -> None:
    """Each case once, in the same order."""
    path = path_of("progress")
    whole = ask(bank, path, closed_days=30)["cases"]
    pages = list(bank.pages(path, "cases", closed_days=30, limit=2))

    assert [len(page) for page in pages] == [2, 2, 1]
    ids = [one["case_id"] for page in pages for one in page]
    assert ids == [one["case_id"] for one in whole]
    assert len(ask(bank, path)["cases"]) == 3


@pytest.mark.parametrize("name", ["transcript", "progress"])
def test_no_document_tells_of_another_learner(bank: HttpBank, name: str) -> None:
    """Neither the learner, nor a lot or case of theirs."""
    own: Json = bank.read(path_of("awards"))
    secrets = [LEARNER, case(2), *(lot["award_id"] for lot in own["awards"])]

    theirs = orjson.dumps(bank.read(path_of(name, SECOND))).decode()

    assert not [one for one in secrets if one in theirs]
    assert SECOND not in bank.get(path_of(name)).text


@pytest.mark.parametrize(
    ("path", "status", "code", "pointer"),
    [
        (path_of("transcript", "learner_x"), 404, "no-such-learner", "learner_id"),
        (path_of("progress", "learner_x"), 404, "no-such-learner", "learner_id"),
        (f"/v1/exchanges/{case(9)}/forms", 404, "no-such-exchange", "exchange_id"),
        (f"{path_of('transcript')}?limit=101", 422, "invalid-request", "limit"),
        (f"{path_of('transcript')}?cursor=x", 422, "invalid-cursor", "cursor"),
        (f"{path_of('progress')}?closed_days=367", 422, "invalid-request", "closed"),
        (f"{path_of('progress')}?cursor=x", 422, "invalid-cursor", "cursor"),
        (f"{FORMS}?notice_workdays=0", 422, "invalid-request", "notice_workdays"),
        (f"{FORMS}?notice_workdays=61", 422, "invalid-request", "notice_workdays"),
    ],
)
def test_what_cannot_be_answered_is_named(
    bank: HttpBank, path: str, status: int, *, code: str, pointer: str
) -> None:
    """With its code and where it stands."""
    problem = check_problem(bank.client.get(path), (status, code))

    assert pointer in str(problem["errors"])
