"""Health, documentation and the frame around every answer; nothing leaves here."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from api import pulse
from api.main import PublicAddressError, check_loopback
from api.serving import run_server
from api.settings import Settings
from projections.tables import cursor
from tests.bank import LEARNER, OPERATOR
from tests.e2e.http_bank import HttpBank, check_problem, serving

OUTSIDE = re.compile(r"(?:https?:)?//[a-z0-9]", re.IGNORECASE)
READ = [
    "/v1/members",
    f"/v1/members/{OPERATOR}",
    f"/v1/members/{OPERATOR}/keys",
    "/v1/achievements",
    "/v1/frameworks",
    "/v1/calendars",
    f"/v1/learners/{LEARNER}/balance",
    f"/v1/learners/{LEARNER}/awards",
    f"/v1/learners/{LEARNER}/trail",
    f"/v1/learners/{LEARNER}/transcript",
    f"/v1/learners/{LEARNER}/progress",
    "/log/checkpoint",
    "/v1/proofs/inclusion/0",
    "/v1/proofs/consistency?from=1&to=2",
    "/v1/entries",
    "/v1/schemas",
    "/v1/schemas/credit.awarded.v1",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBank]:
    """Serve one bank, which nothing here changes."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as served:
        yield served


@pytest.mark.parametrize("path", READ)
def test_every_answer_stands_in_the_same_frame(bank: HttpBank, path: str) -> None:
    """An id, a position, and headers that keep it where it belongs."""
    answer = bank.get(path) if "?" not in path else bank.client.get(path)

    headers = answer.headers
    assert answer.status_code == 200
    assert headers["x-ledger-position"] == "3"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abc-1._Z", True),
        ("", False),
        ("a b", False),
        ("a" * 65, False),
        ("<x>", False),
    ],
)
def test_a_request_id_is_kept_if_it_is_harmless(
    bank: HttpBank, sent: str, *, kept: bool
) -> None:
    """Otherwise the bank gives one."""
    answer = bank.client.get("/healthz", headers={"X-Request-Id": sent})

    assert (answer.headers["x-request-id"] == sent) == kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", answer.headers["x-request-id"])


def test_health_readiness_and_metrics_tell_where_the_bank_is(bank: HttpBank) -> None:
    """Alive; how far the projections are; the same in figures."""
    bank.read("/v1/members")

    assert bank.read("/healthz") == {"status": "ok"}
    ready = bank.read("/readyz")
    assert ready == {"status": "ready", "position": 3, "lag": 0}
    metrics = bank.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "\nskillbank_log_entries 4\n" in metrics.text
    assert metrics.text.endswith("\nskillbank_projected_entries 4\n")


def test_a_bank_whose_projections_are_away_is_not_ready(
    tmp_path: Path, sqlite_url: str
) -> None:
    """503, and nothing of what the database said."""
    with serving(tmp_path, sqlite_url) as bank:
        bank.read("/v1/members")
        with bank.served.runner.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {cursor.name} RENAME TO gone"))
        answers = [bank.get(path) for path in ("/readyz", "/metrics", "/v1/members")]
        alive = bank.get("/healthz")
        with bank.served.runner.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE gone RENAME TO {cursor.name}"))

    for answer in answers:
        check_problem(answer, (503, "store-unavailable"))
    assert alive.status_code == 200


@pytest.mark.parametrize("apart", [False, True])
def test_a_bank_that_cannot_write_is_not_ready_while_somebody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, apart: bool
) -> None:
    """It says so as soon as anybody waits for long, and is ready once it writes."""
    monkeypatch.setattr(pulse, "STUCK_SECONDS", 1)
    file = tmp_path / "ledger.db"
    with serving(tmp_path, f"sqlite:///{file}", apart=apart) as bank:
        raw = bank.sign(bank.award("R-1"))
        told: list[int] = []
        with closing(sqlite3.connect(file)) as locking:
            locking.execute("BEGIN IMMEDIATE")
            posting = Thread(target=lambda: told.append(bank.send(raw).status_code))
            posting.start()
            first = bank.get("/readyz")
            time.sleep(2)
            check_problem(bank.get("/readyz"), (503, "not-writing"))
        posting.join()

        assert first.status_code == 200
        assert told == [201]
        assert bank.get("/readyz").status_code == 200


def test_a_bank_far_behind_is_not_ready(
    bank: HttpBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would answer late, or not at all."""
    monkeypatch.setattr("api.routes.operations.LAG_READY_MAX", -1)

    check_problem(bank.get("/readyz"), (503, "not-caught-up"))


def test_the_documentation_loads_nothing_from_elsewhere(bank: HttpBank) -> None:
    """Every part that the page names comes from here, and names no outside part."""
    page = bank.get("/docs").text
    parts = re.findall(r'(?:src|href)="([^"]+)"', page)
    start = bank.get("/docs/assets/start.js").text
    style = bank.get("/docs/assets/swagger-ui.css").text

    assert len(parts) == 4
    for part in parts:
        answer = bank.get(part)
        assert answer.status_code == 200
        assert part.startswith("/docs/assets/")
        assert answer.content
    assert OUTSIDE.search(page) is None
    assert OUTSIDE.search(start) is None
    assert "validatorUrl: null" in start
    linked = re.findall(r"url\(([^)]*)\)", style)
    assert all(link.strip("\"'").startswith("data:") for link in linked)
    assert "@import" not in style
    policy = bank.get("/docs").headers["content-security-policy"]
    assert "connect-src 'self'" in policy
    assert "script-src 'self'" in policy


def test_the_description_names_every_path_and_only_our_problems(
    bank: HttpBank,
) -> None:
    """What a route may answer is what the table of errors says."""
    document = bank.read("/openapi.json")
    paths = document["paths"]
    assert isinstance(paths, dict)

    assert set(paths) >= {"/v1/statements", "/v1/awards/{award_id}", "/metrics"}
    assert "HTTPValidationError" not in str(document)
    assert OUTSIDE.search(str(document)) is None
    for path, methods in paths.items():
        for operation in methods.values():
            answers = operation["responses"]
            assert operation["summary"], path
            for status, described in answers.items():
                failed = status >= "4"
                kinds = set(described.get("content", {}))
                assert not failed or kinds == {"application/problem+json"}, path
    post = paths["/v1/statements"]["post"]
    assert set(post["requestBody"]["content"]) == {
        "application/jose",
        "application/x-ndjson",
    }
    assert "413" in post["responses"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_the_server_may_bind_to_this_machine(host: str) -> None:
    """A loopback address, or the name of one."""
    check_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",  # noqa: S104  # refused
        "::",
        "",
        "*",
        "10.0.0.1",
        "192.168.1.1",
        "::ffff:10.0.0.1",
        "bank.example",
        "localhost.example",
        "127.0.0.1 ",
        "127.1",
        "0",
        "2130706433",
    ],
)
def test_the_server_binds_to_nothing_else(tmp_path: Path, host: str) -> None:
    """There is no access control yet; it refuses before it opens anything."""
    settings = replace(Settings.in_folder(tmp_path), vault_key="A" * 43)

    with pytest.raises(PublicAddressError):
        run_server(settings, host=host, port=0)

    assert list(tmp_path.iterdir()) == []
