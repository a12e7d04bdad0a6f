import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const shipped = new URL("../protos/", import.meta.url);
const contract = new URL("../../protos/", import.meta.url);

test("the shipped .proto files are the contract's", { skip: existsSync(contract) ? false : "not in the repository" }, () => {
  for (const name of readdirSync(shipped)) assert.equal(readFileSync(new URL(name, shipped), "utf8"), readFileSync(new URL(name, contract), "utf8"), name);
});
