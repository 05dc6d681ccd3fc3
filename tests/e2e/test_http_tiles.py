"""The published log over HTTP: byte-exact paths, nothing beyond the checkpoint."""

import threading
from collections.abc import Iterator

import pytest

from ledger.integrity.checkpoints import read_checkpoint
from ledger.integrity.entry_bundles import split_entries
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.notes_proof import read_note_proof
from ledger.integrity.tile_names import TileName, names_of
from ledger.publishing.folder import LogFolder
from ledger.publishing.publisher import Publisher
from ledger.store.heads import Head
from tests.bank import ORIGIN, SCHOOL
from tests.e2e.http_bank import HttpBank, check_problem, serving

COSIGNED = "— witness.example AAAAAAAA\n"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBank]:
    """Serve a bank whose log has a whole tile, all of it published."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as served:
        lines = [served.award(f"line-{number}") for number in range(260)]
        raw = served.batch_bytes(SCHOOL, lines)
        served.submit(served.receive_batch(raw)).result()
        served.get("/log/checkpoint", min_position=served.size() - 1)
        yield served


def test_the_published_files_are_served_byte_for_byte(bank: HttpBank) -> None:
    """Tiles are as in the folder, for ever and for everybody; bundles for the asker."""
    folder = bank.served.publisher._folder.path  # noqa: SLF001  # where it publishes
    raws = list(bank.raw_entries())
    for name in names_of(bank.size()):
        answer = bank.get(f"/log/{name.path()}")
        assert answer.status_code == 200
        assert answer.content == (folder / name.path()).read_bytes()
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        if name.level == 0:
            first = name.index * 256
            bundle = bank.get(f"/log/{name.as_bundle().path()}")
            assert split_entries(bundle.content, count=256) == (
                raws[first : first + name.width],
                b"",
            )
            assert bundle.headers["cache-control"].startswith("private, max-age=")
    note = bank.get("/log/checkpoint")
    assert note.content == (folder / "checkpoint").read_bytes()
    assert note.headers["cache-control"] == "no-store"
    assert note.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("br, gzip;q=0.5", "gzip"), ("gzip;q=0", ""), ("identity", "")],
)
def test_a_bundle_is_compressed_for_whoever_takes_it(
    bank: HttpBank, accepted: str, coding: str
) -> None:
    """The entries are the same."""
    path = "/log/tile/entries/000"
    answer = bank.client.get(path, headers={"Accept-Encoding": accepted})

    assert answer.headers.get("content-encoding", "") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == bank.get(path).content


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/002",
        "tile/0/001",
        "tile/0/001.p/255",
        "tile/0/000.p/256",
        "tile/1/000",
        "tile/1/000.p/2",
        "tile/2/000.p/1",
        "tile/entries/001",
        "tile/00/000",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/0/000/",
        "tile/0/%30%30%30",
        "tile/%30/000",
        "tile/0/000%2Ep/1",
        "tile/0/..%2f0/000",
        "tile/data/000",
        "tile/0/000.p/01",
        "tile/",
        "tile",
        "",
        "tile/0/999999999",
        "tile/0/x999/x999/x999/x999/x999/999",
    ],
)
def test_what_is_outside_the_tree_or_spelt_otherwise_is_not_there(
    bank: HttpBank, path: str
) -> None:
    """404: there is one spelling of each path."""
    check_problem(bank.client.get(f"/log/{path}"), (404, "not-found"))


def test_partial_states_within_the_tree_are_served(bank: HttpBank) -> None:
    """Those that receipts' checkpoints need, whether they were published or not."""
    whole = bank.get("/log/tile/0/000").content
    for width in (1, 4, 255):
        assert bank.get(f"/log/tile/0/000.p/{width}").content == whole[: 32 * width]


def test_known_cosignatures_are_appended(
    bank: HttpBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the checkpoint, and in a proof as text."""
    monkeypatch.setattr(bank.served, "cosigned", lambda head: head.note + COSIGNED)

    note = bank.get("/log/checkpoint").text
    text = bank.get("/v1/proofs/inclusion/3", format="tlog-proof").text

    assert note.endswith(COSIGNED)
    assert text.endswith(note)
    read_checkpoint(note, origin=ORIGIN, key=bank.checkpoint.public)


def test_a_proof_as_text_verifies_by_itself(bank: HttpBank) -> None:
    """Under the published checkpoint, or under that of a size."""
    raws = list(bank.raw_entries())
    path = "/v1/proofs/inclusion/3?format=tlog-proof"
    for query, size in ("", len(raws)), ("&size=4", 4):
        answer = bank.client.get(path + query)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        proof = read_note_proof(answer.text)
        found = proof.verify(
            leaf_hash(raws[3]), origin=ORIGIN, key=bank.checkpoint.public
        )
        assert (proof.index, found.size, proof.extra) == (3, size, None)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("99999?format=tlog-proof", "/path/position"),
        ("3?format=tlog-proof&size=3", "/path/position"),
        ("3?format=tlog-proof&size=100", "/query/size"),
        ("3?format=tlog-proof&size=99999", "/query/size"),
    ],
)
def test_a_text_that_no_checkpoint_stands_under_is_not_made(
    bank: HttpBank, query: str, pointer: str
) -> None:
    """Within a group nobody signed anything."""
    answer = bank.client.get(f"/v1/proofs/inclusion/{query}")

    check_problem(answer, (404, "no-such-position"), pointer=pointer)


def test_a_form_of_proof_that_there_is_not_is_refused(bank: HttpBank) -> None:
    """422, as any other parameter."""
    answer = bank.client.get("/v1/proofs/inclusion/3?format=xml")

    check_problem(answer, (422, "invalid-request"), pointer="/query/format")


def test_nothing_is_served_beyond_the_published_checkpoint(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While publishing stands still, posting goes on, and so do receipts."""
    stands = threading.Event()
    real = Publisher.publish

    def publish(publisher: Publisher) -> Head | None:
        return publisher.published() if stands.is_set() else real(publisher)

    monkeypatch.setattr(Publisher, "publish", publish)
    monkeypatch.setattr("api.bank.WAIT_SECONDS", 0.1)
    folder = tmp_path_factory.mktemp("still")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as bank:
        shown = bank.served.publisher.wait_for(3, timeout_seconds=30)
        assert shown is not None
        stands.set()
        bank.submit(bank.receive(bank.sign(bank.award("one")))).result()

        assert bank.size() == 5
        assert bank.get("/log/checkpoint").text == shown.note
        assert bank.get("/log/tile/0/000.p/4").status_code == 200
        beyond = TileName(level=0, index=0, width=5)
        answer = bank.client.get(f"/log/{beyond.path()}")
        check_problem(answer, (404, "not-found"))
        answer = bank.client.get("/log/checkpoint?min_position=4")
        check_problem(answer, (503, "not-caught-up"))
        assert bank.read("/v1/proofs/inclusion/4")["size"] == 5
        assert "\nskillbank_published_entries 4\n" in bank.get("/metrics").text


def test_a_folder_at_fault_is_told_to_the_operator(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Nothing more is published; the bank itself goes on."""
    folder = tmp_path_factory.mktemp("fault")
    place = LogFolder(folder / "log")
    place.prepare()
    place.put("tile/0/000.p/4", b"another log's")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as bank:
        bank.served.publisher.run()

        metrics = bank.get("/metrics").text

        assert "\nskillbank_publishing_stopped 1\n" in metrics
        assert bank.get("/readyz").status_code == 200
