// Reads one JSON request from stdin and writes one JSON answer to stdout.
import { readFileSync } from "node:fs";

export const request = JSON.parse(readFileSync(0, "utf8"));

export function answer(value) {
  process.stdout.write(JSON.stringify(value));
}
