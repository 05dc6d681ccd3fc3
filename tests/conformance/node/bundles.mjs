// Runs the script that the specification ships on many files: {script, runs: [[file, ledger]]}; `found` has what each said.
import { Worker } from "node:worker_threads";
import { answer, request } from "./request.mjs";

async function verify(argv) {
  const worker = new Worker(request.script, { argv, stdout: true });
  let out = "";
  worker.stdout.on("data", (text) => { out += text; });
  return new Promise((resolve) => {
    worker.on("error", (error) => resolve({ error: error.message }));
    worker.on("exit", () => resolve({ out }));
  });
}

const found = [];
for (const run of request.runs) found.push(await verify(run));
answer({ found });
