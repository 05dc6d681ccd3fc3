// Verifies documents: {documents: [{jws, jwk, alg}]}; `found` has a code or the content of each.
import { compactVerify, importJWK } from "jose";
import { answer, request } from "./request.mjs";

async function verify({ jws, jwk, alg }) {
  try {
    const key = await importJWK(jwk, alg);
    const found = await compactVerify(jws, key, { algorithms: [alg] });
    return {
      header: found.protectedHeader,
      payload: new TextDecoder("utf-8", { fatal: true }).decode(found.payload),
    };
  } catch (error) {
    return { code: error.code ?? String(error) };
  }
}

answer({ found: await Promise.all(request.documents.map(verify)) });
