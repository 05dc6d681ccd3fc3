// A member's system makes a key and declares it to a ledger: {alg, member, ledger}.
import { calculateJwkThumbprint, CompactSign, exportJWK, generateKeyPair } from "jose";
import { answer, request } from "./request.mjs";

const { alg, member, ledger } = request;
const curve = alg === "EdDSA" ? { crv: "Ed25519" } : {};
const pair = await generateKeyPair(alg, { extractable: true, ...curve });
const jwk = await exportJWK(pair.publicKey);
const kid = `${member}#${await calculateJwkThumbprint(jwk)}`;

// Members in the order of canonical JSON: the proof is compared byte for byte.
const proven = JSON.stringify({ aud: ledger, kid, use: "member" });
const possession = await new CompactSign(new TextEncoder().encode(proven))
  .setProtectedHeader({ alg, kid, typ: "skillbank-possession+json" })
  .sign(pair.privateKey);

answer({
  declaration: { kid, use: "member", alg, jwk, possession },
  secret: await exportJWK(pair.privateKey),
});
