// Signs a statement with what it discloses: {declaration, secret, statement, disclosed}.
import { createHash, randomBytes } from "node:crypto";
import { CompactSign, importJWK } from "jose";
import { answer, request } from "./request.mjs";

const { declaration, secret, statement, disclosed = {} } = request;
const { alg, kid } = declaration;

const disclosures = Object.entries(disclosed).map(([name, value]) =>
  Buffer.from(
    JSON.stringify([randomBytes(16).toString("base64url"), name, value]),
  ).toString("base64url"),
);
if (disclosures.length > 0) {
  statement.body._sd = disclosures.map((one) =>
    createHash("sha256").update(one, "ascii").digest("base64url"),
  );
}

// The header's members stand in another order than ours, the payload is laid out by hand.
const payload = new TextEncoder().encode(JSON.stringify(statement, null, 1));
const jws = await new CompactSign(payload)
  .setProtectedHeader({ typ: "skillbank-statement+json", kid, alg })
  .sign(await importJWK(secret, alg));

answer({ jws, submitted: [jws, ...disclosures, ""].join("~") });
