import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";

const flushLines = 500;

/** What the SFU received of producers that are recorded: one JSON line a packet, as `recording verify --ledger` reads it. */
export class Ledger {
  #lines = [];
  #file;
  count = 0;

  constructor(path) {
    this.#file = openSync(path, "w");
  }

  add(room, producer, packet) {
    this.#lines.push(JSON.stringify({ room, producer, epoch: "0", index: ++this.count, sha256: createHash("sha256").update(packet).digest("hex") }));
    if (this.#lines.length >= flushLines) this.flush();
  }

  flush() {
    if (this.#lines.length > 0) writeSync(this.#file, `${this.#lines.join("\n")}\n`);
    this.#lines.length = 0;
  }

  close() {
    this.flush();
    closeSync(this.#file);
  }
}
