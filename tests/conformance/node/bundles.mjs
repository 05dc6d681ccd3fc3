// Has the script that the specification ships verify bundles: {script, runs: [[text, ledger]]}; `found` has what it said of each.
import { answer, request } from "./request.mjs";

const { verifyAward } = await import(request.script);

async function verify([text, ledger]) {
  try {
    return { award: await verifyAward(text, ledger) };
  } catch (error) {
    return { error: error.message };
  }
}

answer({ found: await Promise.all(request.runs.map(verify)) });
