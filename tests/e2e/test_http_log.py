"""The log over HTTP: checkpoint, proofs, raw entries and schemas prove themselves."""

from collections.abc import Iterator, Mapping

import pytest

from ledger.domain.statements import BY_NAME
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.encoding import b64decode
from ledger.integrity.entries import read_entry
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.proofs import (
    ConsistencyProof,
    InclusionProof,
    verify_consistency,
    verify_inclusion,
)
from tests.bank import ORIGIN, SCHOOL
from tests.e2e.http_bank import HttpBank, check_problem, next_of, serving
from tests.histories import write_history

Json = dict[str, object]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBank]:
    """Serve a bank with a history of every kind."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as served:
        write_history(served)
        yield served


def checkpoint(bank: HttpBank) -> Checkpoint:
    """Return the newest checkpoint, verified."""
    answer = bank.get("/log/checkpoint", min_position=bank.size() - 1)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return read_checkpoint(answer.text, origin=ORIGIN, key=bank.checkpoint.public)


def hashes(texts: object) -> tuple[bytes, ...]:
    """Return the hashes of a path."""
    assert isinstance(texts, list)
    return tuple(b64decode(text) for text in texts)


def test_the_checkpoint_covers_the_whole_log(bank: HttpBank) -> None:
    """It is the newest, signed by the checkpoint key."""
    assert checkpoint(bank).size == bank.size()


def test_every_entry_is_proven_in_the_newest_and_in_an_older_tree(
    bank: HttpBank,
) -> None:
    """The leaf is that of the entry's bytes; the path leads to the signed root."""
    newest = checkpoint(bank)
    for position, raw in enumerate(bank.raw_entries()):
        for size in {newest.size, position + 1}:
            query = {} if size == newest.size else {"size": size}
            found = bank.read(f"/v1/proofs/inclusion/{position}", **query)
            proof = InclusionProof(
                position=position, size=size, path=hashes(found["path"])
            )
            assert b64decode(str(found["leaf_hash"])) == leaf_hash(raw)
            root = b64decode(str(found["root"]))
            verify_inclusion(leaf_hash(raw), proof, root=root)
            assert ("checkpoint" in found) == (size == newest.size)
            assert size != newest.size or root == newest.root


def test_any_two_trees_are_proven_to_be_one_log(bank: HttpBank) -> None:
    """The later only appended to the earlier."""
    newest = checkpoint(bank)
    for first in (1, 4, 17, newest.size):
        query: dict[str, str | int] = {"from": first, "to": newest.size}
        found = bank.read("/v1/proofs/consistency", **query)
        proof = ConsistencyProof(
            first=first, second=newest.size, path=hashes(found["path"])
        )
        roots = [b64decode(str(found[f"{name}_root"])) for name in ("first", "second")]
        verify_consistency(proof, first_root=roots[0], second_root=roots[1])
        assert roots[1] == newest.root


@pytest.mark.parametrize(
    "path",
    [
        "/v1/proofs/inclusion/9999",
        "/v1/proofs/inclusion/3?size=3",
        "/v1/proofs/inclusion/3?size=9999",
        "/v1/proofs/consistency?from=1&to=9999",
        "/v1/proofs/consistency?from=3&to=2",
    ],
)
def test_what_the_log_does_not_hold_is_not_proven(bank: HttpBank, path: str) -> None:
    """404 by its own code."""
    check_problem(bank.client.get(path), (404, "no-such-position"))


def test_entries_are_the_very_bytes_in_pages(bank: HttpBank) -> None:
    """In position order without gaps, each once, and the Link header leads on."""
    found: list[bytes] = []
    url: str | None = "/v1/entries?limit=10"
    while url is not None:
        answer = bank.client.get(url)
        rows = answer.json()["entries"]
        for row in rows:
            assert row["position"] == len(found)
            found.append(b64decode(row["entry"]))
        url = answer.headers.get("link")
        if url is not None:
            assert answer.json()["next_after"] == len(found) - 1
            url = url[1:].partition(">")[0]

    assert found == list(bank.raw_entries())
    assert [read_entry(raw).line.position for raw in found] == list(range(len(found)))
    after_all = bank.read("/v1/entries", after=len(found) + 50)
    assert after_all["entries"] == []
    assert "next_after" not in after_all
    assert next_of(bank.get("/v1/members")) is None


def resolve(schema: Json, root: Json) -> Json:
    """Follow a reference within a schema."""
    while "$ref" in schema:
        found: object = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            assert isinstance(found, dict)
            found = found[part]
        assert isinstance(found, dict)
        schema = found
    return schema


KINDS = {
    "string": str,
    "object": dict,
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
}


def accepts(schema: Json, value: object, *, root: Json) -> bool:
    """Tell whether a schema takes a value: of JSON Schema what ours are made of."""
    schema = resolve(schema, root)
    options = schema.get("anyOf")
    if isinstance(options, list):
        return any(accepts(one, value, root=root) for one in options)
    members = schema.get("enum", [schema.get("const", value)])
    assert isinstance(members, list)
    kind = KINDS[str(schema.get("type", "string"))]
    if value not in members or not isinstance(value, kind):
        return False
    if isinstance(value, dict):
        return _accepts_object(schema, value, root=root)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        return all(accepts(items, one, root=root) for one in value)
    return True


def _accepts_object(schema: Json, value: Mapping[str, object], *, root: Json) -> bool:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    assert schema["additionalProperties"] is False
    known = set(value) <= set(properties) and set(required) <= set(value)
    return known and all(
        accepts(properties[name], one, root=root) for name, one in value.items()
    )


def test_there_is_a_schema_for_every_type_and_its_references_resolve(
    bank: HttpBank,
) -> None:
    """Each names itself, forbids further members and is self-contained."""
    names = bank.read("/v1/schemas")["types"]

    assert names == sorted(BY_NAME)
    assert isinstance(names, list)
    for name in names:
        answer = bank.get(f"/v1/schemas/{name}")
        schema = answer.json()
        assert answer.headers["content-type"] == "application/schema+json"
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == f"urn:skillbank:statement:{name}"
        assert schema["properties"]["type"]["const"] == name
        for text in answer.text.split('"$ref":"')[1:]:
            assert resolve({"$ref": text.partition('"')[0]}, schema)
    check_problem(bank.get("/v1/schemas/x.v1"), (404, "no-such-schema"))


def test_the_schemas_take_what_the_bank_takes(bank: HttpBank) -> None:
    """A good award yes; one with a member more, less, or of another type no."""
    schema = bank.get("/v1/schemas/credit.awarded.v1").json()
    good = bank.award("1")
    body = good["body"]
    assert isinstance(body, dict)

    assert accepts(schema, good, root=schema)
    assert accepts(schema, {**good, "body": {**body, "_sd": []}}, root=schema)
    assert not accepts(schema, {**good, "name": "x"}, root=schema)
    assert not accepts(schema, {**good, "type": "credit.revoked.v1"}, root=schema)
    wrong: tuple[Json, ...] = ({"credits": 3}, {"basis": "gift"}, {"sd": []})
    for changed in wrong:
        assert not accepts(schema, {**good, "body": {**body, **changed}}, root=schema)
    less = {name: value for name, value in good.items() if name != "iss"}
    assert not accepts(schema, less, root=schema)
    assert good["iss"] == SCHOOL
