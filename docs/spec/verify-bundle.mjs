// Verifies an award's bundle: node verify-bundle.mjs FILE "LEDGER NAME". Needs Node.js 22, and `npm install jose`.
// It trusts nothing but the ledger's name. The numbers are those of the checks in docs/spec/bundle.md.
import { createHash, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { calculateJwkThumbprint, compactVerify, importJWK } from "jose";

const must = (holds, why) => { if (!holds) throw new Error(why); return holds; };
const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const bytes = (text) => Buffer.from(text, "base64url");
const leaf = (data) => sha(Buffer.from([0]), data);
const parent = (left, right) => sha(Buffer.from([1]), left, right);

function rootOf(hash, index, size, path) { // RFC 9162, section 2.1.3.2
  let [fn, sn, r] = [index, size - 1, hash];
  must(index < size, "a position outside its tree");
  for (const p of path.map(bytes)) {
    must(sn > 0 && p.length === 32, "a path that is too long");
    const left = fn % 2 === 1 || fn === sn;
    r = left ? parent(p, r) : parent(r, p);
    while (left && fn % 2 === 0 && fn > 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return must(sn === 0, "a path that is too short") && r;
}

const awardId = ({ iss, body }) => { // UUIDv5
  const named = Buffer.concat([Buffer.from("5a0f2a5e3f0b5d0c9a512f6d1d0c7b11", "hex"), Buffer.from(`${iss}/${body.reference_tag}/${body.revision ?? 0}`)]);
  const id = createHash("sha1").update(named).digest().subarray(0, 16);
  [id[6], id[8]] = [(id[6] & 15) | 80, (id[8] & 63) | 128];
  return "award_" + id.toString("hex").replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
};

export async function verifyAward(text, name) {
  const [header, ...lines] = text.trimEnd().split("\n").map((one) => JSON.parse(one));
  must(header.bundle === "skillbank-bundle.v1" && header.scope.kind === "award" && header.ledger === name, "no award of this ledger"); // 1
  must(lines.length === header.count, "lines are missing"); // 3
  const [origin, size, root] = header.checkpoint.split("\n"), keys = new Map(), batches = new Map(), story = [];
  let [next, before, operator, award] = [0, "", null, null];
  const learn = async (declared, member, at, from = at) => {
    must(declared.kid === `${member}#${await calculateJwkThumbprint(declared.jwk)}`, "a key of another name");
    keys.set(declared.kid, { ...declared, key: await importJWK(declared.jwk, declared.alg), from, until: declared.valid_until ?? "~" });
  };

  for (const { position, entry, path, batch_path } of lines) {
    const raw = bytes(entry), cut = raw.indexOf("\n"), bank = JSON.parse(raw.subarray(0, cut)), said = raw.subarray(cut + 1), at = bank.recorded_at;
    must(position >= next && bank.position === position && at >= before, "an entry out of place"); // 3, 5
    [next, before] = [position + 1, at];
    must(rootOf(leaf(raw), position, Number(size), path).toString("base64") === root, "an entry that is not in the log"); // 4
    const jws = must(bank.batch === undefined ? said.toString() : batches.get(bank.batch), "a line without its header"); // 5
    const [protectedHeader, signed] = jws.split(".").slice(0, 2).map(bytes), { kid, typ } = JSON.parse(protectedHeader), outer = JSON.parse(signed);
    must(typ === `skillbank-${outer.type === "batch.v1" ? "batch" : "statement"}+json`, "a signature for something else");
    if (position === 0) { // 1
      must(`${outer.aud}#${sha(signed).toString("base64url")}` === name && outer.aud === origin, "another ledger");
      operator = outer.iss;
      for (const key of [outer.body.key, outer.body.founding.service_key, outer.body.founding.checkpoint_key]) await learn(key, operator, at);
    }
    const key = must(keys.get(kid), "a key that nobody admitted"), uses = outer.type.startsWith("exchange.") ? ["member", "service"] : ["member"]; // 6
    must(uses.includes(key.use) && kid.split("#")[0] === outer.iss && key.from <= at && at < key.until, "a key that its member did not hold");
    await compactVerify(jws, key.key, { algorithms: [key.alg] });
    must(position === 0 || outer.aud === name, "a statement for another ledger");
    if (outer.type === "batch.v1") { batches.set(position, jws); if (bank.batch === undefined) continue; }
    if (bank.batch !== undefined) must(bank.batch + 1 + bank.index === position && rootOf(leaf(said), bank.index, outer.count, batch_path).equals(bytes(outer.root)), "a line that its batch does not hold"); // 5
    const { type, iss, body } = bank.batch === undefined ? outer : JSON.parse(said), own = iss === body.member_id;
    must(iss === outer.iss && (own || iss === operator || !/^(member|key)\./.test(type)), "a statement that its member may not make");
    if (type === "member.admitted.v1" && position > 0) await learn(must(iss === operator && body.key, "an admission by a stranger"), body.member_id, at);
    if (type === "key.added.v1") await learn(body.key, body.member_id, at, own ? at : new Date(Date.parse(at) + 7 * 86400000).toISOString());
    if (type === "key.revoked.v1") must(keys.get(body.kid), "an unknown key ended").until = at;
    if (type === "credit.awarded.v1" && awardId({ iss, body }) === header.scope.id) award = { iss, ...body };
    if (type === "exchange.accepted.v1") award = body.created.find((lot) => lot.lot_id === header.scope.id) ?? award;
    story.push({ position, recorded_at: at, type, iss });
  }

  const [body, signatures] = header.checkpoint.split("\n\n"), note = Buffer.from(body + "\n"); // 2
  must([...keys.values()].some(({ use, jwk, key }) => use === "checkpoint" && signatures.trimEnd().split("\n").some((one) => {
    const [, signer, encoded] = one.split(" "), signature = Buffer.from(encoded, "base64"), id = sha(Buffer.from(origin + "\n\x01"), bytes(jwk.x)).subarray(0, 4);
    return signer === origin && signature.subarray(0, 4).equals(id) && verify(null, note, { key: { ...jwk, kty: "OKP" }, format: "jwk" }, signature.subarray(4));
  })), "a checkpoint that the operator did not sign");
  return { verified: must(award, "the award is not there") && header.scope.id, entries: lines.length, size: Number(size), award, story };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, name] = process.argv.slice(2);
  console.log(JSON.stringify(await verifyAward(readFileSync(file, "utf8"), name)));
}
